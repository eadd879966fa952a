-- domain, key_version: which pseudonyms; precedence: text[] of sources, the preferred first.
-- One row per person that the register holds records of: the analysts' columns, and left_out: no record of theirs
-- may be used (each is due for erasure, restricted, or gone at its source).
with due as materialized (
    select
        source,
        entity,
        source_key
    from register.due
),

person_record as (
    select
        source,
        'person' as entity,
        source_key,
        null as own_customer_key,
        vanished_pull is not null or restricted_ground is not null as closed
    from register.person
    union all
    select
        source,
        'customer' as entity,
        source_key,
        source_key as own_customer_key,
        vanished_pull is not null or restricted_ground is not null as closed
    from register.customer
    where kind = 'person'
),

record as (
    select
        link.subject_id,
        person_record.source,
        person_record.entity,
        person_record.source_key,
        person_record.own_customer_key,
        person_record.closed or due.source_key is not null as closed
    from person_record
    left join register.subject_link as link
        on
            person_record.source = link.source and person_record.entity = link.entity
            and person_record.source_key = link.source_key
    left join due
        on
            person_record.source = due.source and person_record.entity = due.entity
            and person_record.source_key = due.source_key
),

usable as (
    select * from record
    where not closed
),

contact_role as (
    select distinct on (usable.subject_id)
        usable.subject_id,
        held.role,
        held.position
    from usable
    inner join register.contact_role as held
        on usable.source = held.source and usable.entity = 'person' and usable.source_key = held.person_key
    left join due on held.source = due.source and due.entity = 'contact_role' and held.source_key = due.source_key
    where held.vanished_pull is null and held.restricted_ground is null and due.source_key is null
    order by
        usable.subject_id, array_position(%(precedence)s::text[], held.source) nulls last, held.source, held.source_key
),

account as (
    select
        usable.subject_id,
        min(held.opened_on) as opened_on
    from usable
    inner join register.user_account as held
        on usable.source = held.source and usable.entity = 'person' and usable.source_key = held.person_key
    left join due on held.source = due.source and due.entity = 'user_account' and held.source_key = due.source_key
    where held.vanished_pull is null and held.restricted_ground is null and due.source_key is null
    group by usable.subject_id
),

customer_of as (
    select
        subject_id,
        source,
        own_customer_key as customer_key
    from usable
    where own_customer_key is not null
    union
    select
        usable.subject_id,
        usable.source,
        held.customer_key
    from usable
    inner join register.contact_role as held
        on usable.source = held.source and usable.entity = 'person' and usable.source_key = held.person_key
    union
    select
        usable.subject_id,
        usable.source,
        held.customer_key
    from usable
    inner join register.user_account as held
        on usable.source = held.source and usable.entity = 'person' and usable.source_key = held.person_key
),

address as (
    select distinct on (customer_of.subject_id)
        customer_of.subject_id,
        held.postal_code
    from customer_of
    inner join register.address as held
        on customer_of.source = held.source and customer_of.customer_key = held.customer_key
    left join due on held.source = due.source and due.entity = 'address' and held.source_key = due.source_key
    where
        held.vanished_pull is null and held.restricted_ground is null and due.source_key is null
        and held.country = 'FI'
    order by
        customer_of.subject_id,
        case held.kind when 'use' then 1 when 'delivery' then 2 else 3 end,
        array_position(%(precedence)s::text[], held.source) nulls last, held.source, held.source_key
),

person as (
    select
        subject_id,
        bool_and(closed) as left_out
    from record
    group by subject_id
)

select
    pseudonym.pseudonym as person,
    contact_role.role,
    case
        when contact_role.position is null then null
        when contact_role.position ~* '(office|toimisto|sihteeri|assist)' then 'office'
        when
            contact_role.position
            ~* '(johtaja|päällikkö|manager|director|chief|owner|yrittäjä|\m(ceo|cto|cio|cfo|tj)\M)'
            then 'management'
        when contact_role.position ~* '(talous|kirjan|lasku|palkan|accoun|financ|billing|controller)' then 'finance'
        when contact_role.position ~* '(osta|osto|hankin|procure|purchas|buyer)' then 'procurement'
        when contact_role.position ~* '(myynti|myyjä|markkin|sales|marketing)' then 'sales'
        when
            contact_role.position
            ~* '(\m(it|ict)\M|tieto|järjestelm|kehittäjä|insinööri|tekni|system|network|develop|engineer)'
            then 'technical'
        else 'other'
    end as position_class,
    left(address.postal_code, 2) as region,
    to_char(account.opened_on, 'YYYY') as user_since,
    person.left_out
from person
left join vault.pseudonym as pseudonym
    on
        person.subject_id = pseudonym.subject_id
        and pseudonym.domain = %(domain)s
        and pseudonym.key_version = %(key_version)s
left join contact_role on person.subject_id = contact_role.subject_id
left join account on person.subject_id = account.subject_id
left join address on person.subject_id = address.subject_id
