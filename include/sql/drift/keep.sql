-- Remembers the columns of a source's tables as they are tonight. source, night; tables, names, types: lists of the
-- same length, a column each.
insert into staging.source_column as column_seen (source, table_name, column_name, type, first_seen, last_seen)
select
    %(source)s,
    found.table_name,
    found.column_name,
    found.type,
    %(night)s::date,
    %(night)s::date
from unnest(%(tables)s::text[], %(names)s::text[], %(types)s::text[]) as found (table_name, column_name, type)
on conflict (source, table_name, column_name) do update set
    type = excluded.type, last_seen = excluded.last_seen, gone_on = null
