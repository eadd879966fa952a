-- Returns the countries outside the EU/EEA in which records of the register lie on consent, with how many in each. A
-- record lies where its newest transfer says. Not counted: what the register does not hold any more; what a later pull
-- changed without a transfer, since it came inside; what no consent in force covers any more.
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
    count(*) as records
from newest
inner join ({held_records}) as held
    on newest.entity = held.entity and newest.source = held.source and newest.source_key = held.source_key
left join staging.pull as changing on held.changed_pull = changing.pull_id
where
    (
        held.changed_pull = newest.pull_id
        or changing.pull_id is null
        or changing.started_at < newest.transferred_at
    )
    and not exists (
        select from register.misplaced as misplaced
        where
            misplaced.source = newest.source and misplaced.entity = newest.entity
            and misplaced.source_key = newest.source_key
    )
group by newest.country
order by count(*) desc, newest.country asc
