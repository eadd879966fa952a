-- Returns what the analysts read now: per table the newest publication.
select distinct on (table_name)
    table_name,
    version,
    night,
    published_at,
    rows,
    left_out_due,
    left_out_small
from analytics.publication
order by table_name asc, version desc
