-- Finds the nights of an entity, and what is past keeping.
create index if not exists validation_night on quarantine.validation (night, source, entity)
