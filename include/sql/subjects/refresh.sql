-- shared_mailboxes: text[] of local parts. Makes the identifiers of the touched records equal the register. A prospect
-- is a person; the Y-tunnus beside it is that of the company they work for. A name too long for an index, which a
-- person let in, is like no other.
-- The linter indents a merge otherwise:
-- noqa: disable=LT02
merge into register.subject_identifier as known
using (
    select
        touched.source,
        touched.entity,
        touched.source_key,
        case
            when customer.kind is not null then customer.kind
            when person.source_key is not null or prospect.source_key is not null then 'person'
        end as kind,
        case
            when octet_length(coalesce(customer.name, person.full_name, prospect.full_name)) <= 1000
                then register.name_key(coalesce(customer.name, person.full_name, prospect.full_name))
        end as name_key,
        coalesce(customer.email, person.email, prospect.email) as email,
        coalesce(customer.phone, person.phone, prospect.phone) as phone,
        customer.y_tunnus,
        coalesce(
            regexp_replace(
                split_part(
                    split_part(coalesce(customer.email, person.email, prospect.email), '@', 1), '+', 1
                ), '[0-9]+$', ''
            ) = any(%(shared_mailboxes)s),
            false
        ) as shared
    from staging.subject_key as touched
    left join register.customer as customer
        on touched.entity = 'customer' and touched.source = customer.source and touched.source_key = customer.source_key
    left join register.person as person
        on touched.entity = 'person' and touched.source = person.source and touched.source_key = person.source_key
    left join register.prospect as prospect
        on touched.entity = 'prospect' and touched.source = prospect.source and touched.source_key = prospect.source_key
) as found
    on known.source = found.source and known.entity = found.entity and known.source_key = found.source_key
when matched and found.kind is null then delete
when matched and (known.kind, known.name_key, known.email, known.phone, known.y_tunnus, known.shared)
is distinct from (found.kind, found.name_key, found.email, found.phone, found.y_tunnus, found.shared)
    then update set
        kind = found.kind,
        name_key = found.name_key,
        email = found.email,
        phone = found.phone,
        y_tunnus = found.y_tunnus,
        shared = found.shared
when not matched and found.kind is not null then
    insert (source, entity, source_key, kind, name_key, email, phone, y_tunnus, shared)
    values (
        found.source, found.entity, found.source_key, found.kind, found.name_key, found.email, found.phone,
        found.y_tunnus, found.shared
    )
