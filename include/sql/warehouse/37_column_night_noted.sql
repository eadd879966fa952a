-- Finds the last merged pulls of an entity.
create index if not exists column_night_noted on quarantine.column_night (source, entity, noted) where merged
