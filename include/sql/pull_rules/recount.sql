-- source. Returns the rows of an entity that the register holds of a source, and per column its nulls.
select
    count(*) as rows,
    {counted}
from {register} as held
where source = %(source)s
