-- entities, columns, providers: text[], of each entity that has a location the column that says it and the one that
-- names the provider, null where none does; longest: int, characters that a text is told apart by. Returns how many
-- rows wait in quarantine for their location, by source, entity, rule, provider and location; both are null once the
-- rows were emptied. One that a person rejected waits for nothing.
with named as (
    select
        unnest(%(entities)s::text[]) as entity,
        unnest(%(columns)s::text[]) as location,
        unnest(%(providers)s::text[]) as provider
)

select
    held.source,
    held.entity,
    held.rules[1] as rule,
    held.row is null as emptied,
    left(held.row ->> named.provider, %(longest)s) as provider,
    left(held.row ->> named.location, %(longest)s) as location,
    count(*) as rows
from quarantine.row as held
left join named on held.entity = named.entity
left join quarantine.decision as decided
    on
        held.source = decided.source and held.entity = decided.entity
        and held.source_key is not distinct from decided.source_key and held.digest = decided.digest
where held.gate = 'residency' and decided.decision is distinct from 'reject'
group by 1, 2, 3, 4, 5, 6
