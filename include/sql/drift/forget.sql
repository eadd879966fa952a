-- Forgets the tables that no SELECT of a source reads any more. source; tables: those that are read.
delete from staging.source_column
where source = %(source)s and table_name <> all(%(tables)s::text[])
