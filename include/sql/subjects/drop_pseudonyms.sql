-- subjects: uuid[]. Removes, of these, the pseudonyms of subjects that no record is about any more.
delete from vault.pseudonym as held
where
    held.subject_id = any(%(subjects)s)
    and not exists (
        select from register.subject_link as link
        where link.subject_id = held.subject_id
    )
