-- source. Returns by how much the fresh rows of a pull, were none refused, would change the register's rows and, per
-- column, its nulls: what they hold, less what the held rows hold whose place they take.
select
    count(*) - count(held.source_key) as rows,
    {counted}
from {checked} as fresh
left join {register} as held on held.source = %(source)s and fresh.source_key = held.source_key
where
    fresh.copies = 1 and fresh.source_key is not null
    and not exists (select from {suppressed} as suppressed where fresh._row = suppressed._row)
