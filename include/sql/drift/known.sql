-- The columns of a source's tables as they were last seen, those that are gone included. source: name of the source.
select
    table_name,
    column_name,
    type,
    gone_on is not null as is_gone
from staging.source_column
where source = %(source)s
