-- shared_mailboxes: text[]. Lists the quarantined rows that carry an identifier of the listed records, as the register
-- holds it or as one of their own quarantined rows does; not a shared mailbox's, nor one that is known as shared.
with own as (
    select
        identifier.format,
        identifier.value
    from register.subject_identifier as held
    inner join staging.quarantine_belonging as listed
        on
            held.source = listed.source and held.entity = listed.entity
            and held.source_key = listed.source_key
    cross join
        lateral (
            values ('email', held.email), ('phone', held.phone), ('y_tunnus', held.y_tunnus)
        ) as identifier (format, value)
    where identifier.value is not null and not held.shared
    union
    select
        carried.format,
        carried.value
    from staging.quarantine_identifier as carried
    inner join quarantine.row as held on carried.quarantine_id = held.quarantine_id
    inner join staging.quarantine_belonging as listed
        on
            held.source = listed.source and held.entity = listed.entity
            and held.source_key = listed.source_key
)

insert into staging.quarantine_belonging (source, entity, source_key, quarantine_id, because)
select distinct
    held.source,
    held.entity,
    held.source_key,
    held.quarantine_id,
    'identifier' as because
from own
inner join staging.quarantine_identifier as carried on own.format = carried.format and own.value = carried.value
inner join quarantine.row as held on carried.quarantine_id = held.quarantine_id
where
    not (
        own.format = 'email'
        and regexp_replace(split_part(split_part(own.value, '@', 1), '+', 1), '[0-9]+$', '')
        = any(%(shared_mailboxes)s)
    )
