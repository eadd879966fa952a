-- Finds the records that share a Y-tunnus.
create index if not exists subject_identifier_y_tunnus on register.subject_identifier (y_tunnus)
where y_tunnus is not null
