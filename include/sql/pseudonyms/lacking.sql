-- domain, key_version: which pseudonyms. Returns subject_id and kind of every subject that lacks one.
select
    subject.subject_id,
    subject.kind
from register.subject as subject
where
    not exists (
        select
        from vault.pseudonym as given
        where
            given.subject_id = subject.subject_id
            and given.domain = %(domain)s
            and given.key_version = %(key_version)s
    )
order by subject.subject_id
