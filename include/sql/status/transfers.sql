-- since: date, null for all; timezone. Returns the transfers outside the EU/EEA, the newest first, with the dates of
-- the consent as they were then, and what it is worth today (see status/consents_today.sql); is_held: whether the
-- register still holds that consent, still_held: the record, provider and place: where that lies.
select
    logged.night,
    logged.destination,
    logged.source,
    logged.entity,
    logged.source_key,
    logged.country,
    logged.data_groups,
    logged.person_source,
    logged.person_key,
    logged.consent_source,
    logged.consent_key,
    logged.consent_from as valid_from,
    logged.consent_until as valid_to,
    consent.withdrawn_at,
    consent.withdrawn_on,
    consent.ended_on,
    coalesce(consent.state, 'not_held') as consent_state,
    consent.source_key is not null as is_held,
    exists(
        select from ({held_records}) as held
        where
            held.entity = logged.entity and held.source = logged.source and held.source_key = logged.source_key
    ) as still_held,
    lies.provider,
    lies.place,
    logged.evidence_at,
    logged.transferred_at
from register.transfer_log as logged
left join ({consents_today}) as consent
    on logged.consent_source = consent.source and logged.consent_key = consent.source_key
left join ({held_places}) as lies
    on
        logged.destination = 'record' and logged.entity = lies.entity and logged.source = lies.source
        and logged.source_key = lies.source_key
where %(since)s::date is null or logged.night >= %(since)s
order by logged.night desc, logged.transfer_id desc
