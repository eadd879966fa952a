-- Returns channel, format, value and day of each marketing prohibition that is about to be erased: the addresses, by
-- that channel, of all records of its person. Post has no address here: e-mail and phone stand for the person.
with prohibited as (
    select
        held.channel,
        other.source,
        other.entity,
        other.source_key,
        held.given_on
    from register.marketing_permission as held
    inner join staging.retention_verdict as verdict
        on
            verdict.entity = 'marketing_permission' and verdict.action = 'erase'
            and held.source = verdict.source and held.source_key = verdict.source_key
    inner join register.subject_link as link
        on held.source = link.source and link.entity = 'person' and held.person_key = link.source_key
    inner join register.subject_link as other on link.subject_id = other.subject_id
    where not held.allowed and held.withdrawn_on is null
),

address as (
    {addresses}
)

select
    prohibited.channel,
    address.format,
    address.value,
    min(prohibited.given_on) as noted_on
from prohibited
inner join address
    on
        prohibited.source = address.source and prohibited.entity = address.entity
        and prohibited.source_key = address.source_key
where
    (address.format = 'email' and prohibited.channel in ('email', 'post'))
    or (address.format = 'phone' and prohibited.channel in ('sms', 'phone', 'post'))
group by prohibited.channel, address.format, address.value
