-- When the sources' catalogs were looked at, and what came of it. source: one source, or null for all.
select
    source,
    looked_on,
    read_on,
    tables,
    columns,
    failure
from staging.source_catalog
where %(source)s::text is null or source = %(source)s
order by source
