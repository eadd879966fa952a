-- sources: text[]. Takes out the records of sources that must be waited for, and of subjects that they know.
delete from staging.retention_verdict as verdict
where
    verdict.source = any(%(sources)s)
    or exists (
        select from register.subject_link as link
        where link.subject_id = verdict.subject_id and link.source = any(%(sources)s)
    )
