-- Returns the countries outside the EU/EEA to which records went, on consent, that the register still holds, with how
-- many, and the providers that the records name: a record counts where its newest transfer says. Not counted: what a
-- later pull changed without a transfer, since it came inside; what no consent in force covers any more.
with newest as (
    select distinct on (source, entity, source_key)
        source,
        entity,
        source_key,
        country,
        pull_id,
        transferred_at
    from register.transfer_log
    where destination = 'record'
    order by source asc, entity asc, source_key asc, transferred_at desc, transfer_id desc
)

select
    newest.country,
    count(*) as records,
    array_remove(array_agg(distinct held_place.provider order by held_place.provider), null) as providers
from newest
inner join ({held_records}) as held
    on newest.entity = held.entity and newest.source = held.source and newest.source_key = held.source_key
left join ({held_places}) as held_place
    on
        newest.entity = held_place.entity and newest.source = held_place.source
        and newest.source_key = held_place.source_key
left join staging.pull as changing on held.changed_pull = changing.pull_id
where
    (
        changing.pull_id is null
        or changing.pull_id = newest.pull_id
        or changing.started_at <= newest.transferred_at
    )
    and not exists (
        select from register.misplaced as misplaced
        where
            misplaced.source = newest.source and misplaced.entity = newest.entity
            and misplaced.source_key = newest.source_key
    )
group by newest.country
order by count(*) desc, newest.country asc
