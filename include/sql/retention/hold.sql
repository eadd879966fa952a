-- night. Puts the records that a hold names, or whose subject it names, into the work table.
with hold as (
    select
        source,
        entity,
        source_key,
        coalesce(held_until, 'infinity') as until
    from register.legal_hold
    where held_from <= %(night)s and (held_until is null or held_until >= %(night)s)
),

held as (
    select
        entity,
        source,
        source_key,
        entity in ('case', 'recording') as by_case,
        until
    from hold
    union all
    select
        other.entity,
        other.source,
        other.source_key,
        false as by_case,
        hold.until
    from hold
    inner join register.subject_link as link
        on hold.source = link.source and hold.entity = link.entity and hold.source_key = link.source_key
    inner join register.subject_link as other on link.subject_id = other.subject_id
)

insert into staging.retention_held (entity, source, source_key, by_case, until)
select
    entity,
    source,
    source_key,
    bool_or(by_case) as by_case,
    max(until) as until
from held
group by entity, source, source_key
