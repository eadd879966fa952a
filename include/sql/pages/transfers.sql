-- before: id of the last transfer shown, null at first; most: int. Returns the transfers outside the EU/EEA, newest
-- first, each with the person and the consent by source and key, and from when to when that consent was given then, and
-- whether it has been taken back or gone by now; evidence_hours: how old the consent's evidence was; is_held: whether
-- the register still holds that consent, still_held: the record.
select
    logged.transfer_id,
    logged.night,
    logged.destination,
    logged.source,
    logged.entity,
    logged.source_key,
    logged.person_source,
    logged.person_key,
    logged.data_groups,
    logged.country,
    logged.consent_source,
    logged.consent_key,
    logged.consent_from as valid_from,
    logged.consent_until as valid_to,
    consent.withdrawn_at,
    consent.source_key is not null as is_held,
    exists(
        select from ({held_records}) as held
        where
            held.entity = logged.entity and held.source = logged.source and held.source_key = logged.source_key
    ) as still_held,
    logged.evidence_at,
    logged.transferred_at,
    round(extract(epoch from logged.transferred_at - logged.evidence_at) / 3600, 1) as evidence_hours
from register.transfer_log as logged
left join register.transfer_consent as consent
    on logged.consent_source = consent.source and logged.consent_key = consent.source_key
where %(before)s::bigint is null or logged.transfer_id < %(before)s
order by logged.transfer_id desc
limit %(most)s
