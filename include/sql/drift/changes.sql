-- What changed in the sources' tables, oldest first. source: one source, or null for all; seen: also what somebody has
-- taken note of.
select
    change_id,
    source,
    table_name,
    column_name,
    what,
    type_before,
    type_now,
    looks_like,
    used_by,
    last_read_on,
    noted_on,
    seen_by,
    seen_on
from staging.source_change
where (%(source)s::text is null or source = %(source)s) and (%(seen)s or seen_on is null)
order by change_id
