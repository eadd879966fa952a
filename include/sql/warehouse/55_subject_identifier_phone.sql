-- Finds the records that share a phone number.
create index if not exists subject_identifier_phone on register.subject_identifier (phone, name_key)
where phone is not null
