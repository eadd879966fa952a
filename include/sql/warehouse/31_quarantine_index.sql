-- Finds what waits for a source record.
create index if not exists row_source_key on quarantine.row (source, entity, source_key)
