-- quarantine_id; entities, columns, parents: text[], the model's references, parents first; most: int. Returns the rows
-- in quarantine that wait for this one's record: those that a reference to it refuses, and those that wait for them, by
-- key, with their rules and how many there are in all; what has no content refers to nothing. Never what a row holds.
with recursive reference as (
    select
        entity,
        column_name,
        parent,
        place
    from
        unnest(%(entities)s::text[], %(columns)s::text[], %(parents)s::text[])
        with ordinality as given (entity, column_name, parent, place)
),

-- Made once, not looked up from each row of the chain: no index leads from a record to what refers to it.
refers as materialized (
    select
        child.quarantine_id,
        child.entity,
        child.source_key,
        reference.parent,
        child.row ->> reference.column_name as parent_key
    from quarantine.row as shown
    inner join quarantine.row as child on shown.source = child.source
    inner join reference
        on child.entity = reference.entity and 'reference:' || reference.column_name = any(child.rules)
    where shown.quarantine_id = %(quarantine_id)s
),

chain as (
    select
        quarantine_id,
        entity,
        source_key
    from quarantine.row
    where quarantine_id = %(quarantine_id)s
    union
    select
        refers.quarantine_id,
        refers.entity,
        refers.source_key
    from chain
    inner join refers on chain.entity = refers.parent and chain.source_key = refers.parent_key
),

placed as (
    select
        entity,
        min(place) as place
    from reference
    group by entity
)

select
    waiting.quarantine_id as id,
    waiting.source,
    waiting.entity,
    waiting.source_key,
    waiting.rules,
    count(*) over () as total
from chain
inner join quarantine.row as waiting on chain.quarantine_id = waiting.quarantine_id
inner join placed on chain.entity = placed.entity
where chain.quarantine_id <> %(quarantine_id)s
order by placed.place, waiting.source_key, waiting.quarantine_id
limit %(most)s
