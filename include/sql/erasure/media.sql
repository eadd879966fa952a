-- Returns source and path of the media of the recordings to erase, unless a recording that stays shares it.
select
    held.source,
    held.source_key,
    held.media
from register.recording as held
inner join staging.retention_verdict as verdict
    on held.source = verdict.source and held.source_key = verdict.source_key
where
    verdict.entity = 'recording' and verdict.action = 'erase'
    and not exists (
        select from register.recording as other
        where
            other.source = held.source and other.media = held.media
            and not exists (
                select from staging.retention_verdict as its
                where
                    its.entity = 'recording' and its.source = other.source
                    and its.source_key = other.source_key and its.action = 'erase'
            )
    )
