-- Removes the subjects that no record is about any more.
delete from register.subject as held
where not exists (
    select from register.subject_link as link
    where link.subject_id = held.subject_id
)
