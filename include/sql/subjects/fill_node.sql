-- shared_records: int. Makes a node of each record that was reached. What many unlike names share, in the whole
-- register, ties nobody.
with held as (
    select identifier.*
    from register.subject_identifier as identifier
    inner join staging.subject_reached as reached
        on
            identifier.source = reached.source and identifier.entity = reached.entity
            and identifier.source_key = reached.source_key
),

email_crowd as (
    select carrier.email
    from register.subject_identifier as carrier
    inner join (select distinct email from held) as wanted on carrier.email = wanted.email
    group by carrier.email
    having count(*) > %(shared_records)s and count(distinct carrier.name_key) > 1
),

phone_crowd as (
    select carrier.phone
    from register.subject_identifier as carrier
    inner join (select distinct phone from held) as wanted on carrier.phone = wanted.phone
    group by carrier.phone
    having count(*) > %(shared_records)s and count(distinct carrier.name_key) > 1
)

insert into staging.subject_node (
    node, label, source, entity, source_key, kind, name_key, email, phone, y_tunnus, shared, phone_shared
)
select
    row_number() over in_order as node,
    row_number() over in_order as label,
    held.source,
    held.entity,
    held.source_key,
    held.kind,
    held.name_key,
    held.email,
    held.phone,
    held.y_tunnus,
    held.shared or email_crowd.email is not null as shared,
    phone_crowd.phone is not null as phone_shared
from held
left join email_crowd on held.email = email_crowd.email
left join phone_crowd on held.phone = phone_crowd.phone
window in_order as (order by held.source, held.entity, held.source_key)
