-- source, entity, column, provider: text. Lists the rows of a source that wait in quarantine for their location.
insert into {outside} (source, source_key, country)
select
    waiting.source,
    waiting.source_key,
    max(located.country)
from quarantine.row as waiting
inner join {located} as located
    on
        -- Equal texts first: what is only "not distinct" cannot be hashed.
        coalesce(waiting.row ->> %(provider)s, '') = coalesce(located.provider, '')
        and coalesce(waiting.row ->> %(column)s, '') = coalesce(located.raw, '')
        and waiting.row ->> %(provider)s is not distinct from located.provider
        and waiting.row ->> %(column)s is not distinct from located.raw
where
    waiting.source = %(source)s and waiting.entity = %(entity)s and waiting.gate = 'residency'
    and waiting.source_key is not null and located.country is not null
group by waiting.source, waiting.source_key
having count(*) = 1
