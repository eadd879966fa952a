-- shared_mailboxes: text[] of local parts; shared_records: int. Fills the work table from the register. A company is
-- tied by its Y-tunnus; a person by e-mail and name, or phone and name. What many unlike names share ties nobody.
with record as (
    select
        source,
        'customer' as entity,
        source_key,
        kind,
        name,
        email,
        phone,
        y_tunnus
    from register.customer
    union all
    select
        source,
        'person' as entity,
        source_key,
        'person' as kind,
        full_name as name,
        email,
        phone,
        null as y_tunnus
    from register.person
    union all
    -- A prospect is a person; the Y-tunnus beside it is that of the company they work for.
    select
        source,
        'prospect' as entity,
        source_key,
        'person' as kind,
        full_name as name,
        email,
        phone,
        null as y_tunnus
    from register.prospect
),

named as (
    select
        record.*,
        register.name_key(name) as name_key,
        coalesce(
            regexp_replace(split_part(split_part(email, '@', 1), '+', 1), '[0-9]+$', '') = any(%(shared_mailboxes)s),
            false
        ) as shared
    from record
),

email_crowd as (
    select email
    from named
    where email is not null
    group by email
    having count(*) > %(shared_records)s and count(distinct name_key) > 1
),

phone_crowd as (
    select phone
    from named
    where phone is not null
    group by phone
    having count(*) > %(shared_records)s and count(distinct name_key) > 1
),

tied as (
    select
        named.source,
        named.entity,
        named.source_key,
        named.kind,
        named.name_key,
        named.email,
        named.phone,
        named.y_tunnus,
        named.shared or email_crowd.email is not null as shared,
        case
            when named.kind = 'company' then 'company ' || named.y_tunnus
            when not named.shared and email_crowd.email is null then named.name_key || ' / ' || named.email
        end as first_tie,
        case
            when named.kind = 'person' and phone_crowd.phone is null then named.name_key || ' / ' || named.phone
        end as second_tie
    from named
    left join email_crowd on named.email = email_crowd.email
    left join phone_crowd on named.phone = phone_crowd.phone
)

insert into staging.subject_node (
    source, entity, source_key, kind, name_key, email, phone, y_tunnus, shared, first_tie, second_tie
)
select
    source,
    entity,
    source_key,
    kind,
    name_key,
    email,
    phone,
    y_tunnus,
    shared,
    case when count(*) over (partition by first_tie) > 1 then first_tie end as first_tie,
    case when count(*) over (partition by second_tie) > 1 then second_tie end as second_tie
from tied
order by source, entity, source_key
