-- entity, format: text. Gathers one column of identifiers from the records to erase.
insert into staging.erasure_identifier (subject_id, format, value)
select
    verdict.subject_id,
    %(format)s,
    held.{column}
from {register} as held
inner join staging.retention_verdict as verdict
    on held.source = verdict.source and held.source_key = verdict.source_key
where
    verdict.entity = %(entity)s and verdict.action = 'erase'
    and verdict.subject_id is not null and held.{column} is not null
