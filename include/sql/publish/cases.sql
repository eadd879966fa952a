-- domain, key_version: which pseudonyms; precedence: text[] of sources, unused: a case is one source's.
-- One row per Service Desk case: the analysts' columns, and left_out: it, its customer's or its person's record is
-- due for erasure, restricted, or gone at its source. A case has no id here: nothing leads back to its source.
with due as materialized (
    select
        source,
        entity,
        source_key
    from register.due
)

select
    of_customer.pseudonym as customer,
    of_person.pseudonym as person,
    held.category,
    held.severity,
    to_char(held.opened_at at time zone 'Europe/Helsinki', 'YYYY-MM') as opened,
    case
        when held.closed_at is null then 'open'
        when held.closed_at < held.opened_at + interval '1 day' then 'under 1 day'
        when held.closed_at < held.opened_at + interval '7 days' then '1 to 7 days'
        when held.closed_at < held.opened_at + interval '30 days' then '7 to 30 days'
        else 'over 30 days'
    end as open_for,
    held.vanished_pull is not null or held.restricted_ground is not null
    or customer.source_key is null or customer.vanished_pull is not null or customer.restricted_ground is not null
    or person.vanished_pull is not null or person.restricted_ground is not null
    or due.source_key is not null or customer_due.source_key is not null
    or person_due.source_key is not null as left_out
from register."case" as held
left join register.customer as customer
    on held.source = customer.source and held.customer_key = customer.source_key
left join register.person as person on held.source = person.source and held.person_key = person.source_key
left join register.subject_link as customer_link
    on
        customer.source = customer_link.source and customer_link.entity = 'customer'
        and customer.source_key = customer_link.source_key
left join register.subject_link as person_link
    on
        person.source = person_link.source and person_link.entity = 'person'
        and person.source_key = person_link.source_key
left join vault.pseudonym as of_customer
    on
        customer_link.subject_id = of_customer.subject_id
        and of_customer.domain = %(domain)s
        and of_customer.key_version = %(key_version)s
left join vault.pseudonym as of_person
    on
        person_link.subject_id = of_person.subject_id
        and of_person.domain = %(domain)s
        and of_person.key_version = %(key_version)s
left join due on held.source = due.source and due.entity = 'case' and held.source_key = due.source_key
left join due as customer_due
    on
        customer.source = customer_due.source and customer_due.entity = 'customer'
        and customer.source_key = customer_due.source_key
left join due as person_due
    on
        person.source = person_due.source and person_due.entity = 'person'
        and person.source_key = person_due.source_key
