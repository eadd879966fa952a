-- Returns whether a record that is about somebody is tied to no subject yet.
select exists(
    select from (
        select
            'customer' as entity,
            source,
            source_key
        from register.customer
        union all
        select
            'person' as entity,
            source,
            source_key
        from register.person
        union all
        select
            'prospect' as entity,
            source,
            source_key
        from register.prospect
    ) as held
    where not exists (
        select from register.subject_link as link
        where
            link.source = held.source and link.entity = held.entity and link.source_key = held.source_key
    )
) as unlinked
