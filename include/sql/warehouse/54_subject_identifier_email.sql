-- Finds the records that share an e-mail address.
create index if not exists subject_identifier_email on register.subject_identifier (email, name_key)
where email is not null
