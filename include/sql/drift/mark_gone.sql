-- Marks what was not found tonight. source, night; tables, names: lists of the same length, the columns found.
update staging.source_column as held set gone_on = %(night)s
where
    held.source = %(source)s
    and held.gone_on is null
    and not exists (
        select from unnest(%(tables)s::text[], %(names)s::text[]) as found (table_name, column_name)
        where found.table_name = held.table_name and found.column_name = held.column_name
    )
