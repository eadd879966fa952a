-- labels: bigint[]; rules: text[], one for each; night. Makes the review list hold exactly what is contradictory now:
-- the records of those components, and persons who share an e-mail address under unlike names. Returns how many.
-- The linter cannot read a merge inside a CTE:
-- noqa: disable=all
with refused as (
    select
        label,
        rule
    from unnest(%(labels)s::bigint[], %(rules)s::text[]) as given (label, rule)
),

found as (
    select
        node.source,
        node.entity,
        node.source_key,
        refused.rule,
        count(*) over (partition by node.label) as records
    from staging.subject_node as node
    inner join refused on node.label = refused.label
    union all
    select
        node.source,
        node.entity,
        node.source_key,
        'email_unlike_names' as rule,
        unlike.records
    from staging.subject_node as node
    inner join (
        select
            email,
            count(*) as records
        from staging.subject_node
        where kind = 'person' and not shared and email is not null
        group by email
        having count(distinct coalesce(name_key, '')) > 1
    ) as unlike on node.email = unlike.email
    where node.kind = 'person'
),

noted as (
    merge into register.subject_review as known
    using found
        on known.source = found.source and known.entity = found.entity
        and known.source_key = found.source_key and known.rule = found.rule
    when matched and known.records <> found.records then update set records = found.records
    when not matched then insert (source, entity, source_key, rule, records, noted_on)
    values (found.source, found.entity, found.source_key, found.rule, found.records, %(night)s)
    when not matched by source then delete
    returning 1
)

select count(*) as reviewed
from found
