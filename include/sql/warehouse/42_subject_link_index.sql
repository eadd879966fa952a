-- Finds a subject's records.
create index if not exists subject_link_subject on register.subject_link (subject_id)
