-- checksum. Returns what was done by the plan, and how many of the erased lack their tombstone, still have a subject
-- link or identifiers to compare, are named by a decision, still wait in quarantine, are listed as misplaced, or have
-- transfers logged on their consent.
select
    count(*) filter (where item.action = 'erase') as erased,
    count(*) filter (where item.action = 'restrict') as restricted,
    count(*) filter (
        where item.action = 'erase' and not exists (
            select from vault.row_tombstone as tombstone
            where
                tombstone.source = item.source and tombstone.entity = item.entity
                and tombstone.source_key = item.source_key
        )
    ) as without_tombstone,
    count(*) filter (
        where item.action = 'erase' and exists (
            select from register.subject_link as link
            where link.source = item.source and link.entity = item.entity and link.source_key = item.source_key
        )
    ) as linked,
    count(*) filter (
        where item.action = 'erase' and exists (
            select from register.subject_identifier as held
            where held.source = item.source and held.entity = item.entity and held.source_key = item.source_key
        )
    ) as compared,
    count(*) filter (
        where item.action = 'erase' and exists (
            select from register.subject_decision as held
            where
                (held.source = item.source and held.entity = item.entity and held.source_key = item.source_key)
                or (
                    held.other_source = item.source and held.other_entity = item.entity
                    and held.other_key = item.source_key
                )
        )
    ) as decided,
    count(*) filter (
        where item.action = 'erase' and exists (
            select from quarantine.row as held
            where held.source = item.source and held.entity = item.entity and held.source_key = item.source_key
        )
    ) as in_quarantine,
    count(*) filter (
        where item.action = 'erase' and exists (
            select from register.misplaced as held
            where held.source = item.source and held.entity = item.entity and held.source_key = item.source_key
        )
    ) as misplaced,
    count(*) filter (
        where item.action = 'erase' and item.entity = 'transfer_consent' and exists (
            select from register.transfer_log as held
            where held.consent_source = item.source and held.consent_key = item.source_key
        )
    ) as transfers,
    (
        select count(*) from vault.pseudonym as held
        where not exists (
            select from register.subject_link as link
            where link.subject_id = held.subject_id
        )
    ) as pseudonyms
from register.erasure_item as item
where item.checksum = %(checksum)s and item.done_on is not null
