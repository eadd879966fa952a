-- total: numeric. Returns how far the sum of a column, as it arrived, is from the source's: the share of the larger of
-- the two, 0 to 1, null where they agree to half a cent or to what floating point can tell.
with arrived as (
    select coalesce(sum({column}::numeric), 0) as total
    from {raw}
),

compared as (
    select
        abs(total - %(total)s::numeric) as off,
        greatest(abs(total), abs(%(total)s::numeric)) as larger
    from arrived
    where total is distinct from %(total)s::numeric
)

select least(off / nullif(larger, 0), 1) as share
from compared
where off >= greatest(0.005, larger * 1e-12)
