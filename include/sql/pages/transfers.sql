-- before: id of the last transfer shown, null at first; most: int; timezone. Returns the transfers outside the EU/EEA,
-- newest first, each with the person and the consent by source and key, and from when to when that consent was given
-- then, and what it is worth today (see status/consents_today.sql); evidence_hours: how old the consent's evidence was;
-- is_held: whether the register still holds that consent, still_held: the record, provider and place: where that lies.
with logged as materialized (
    -- The page first: what is looked up of each is looked up of these alone.
    select
        transfer_id,
        night,
        destination,
        source,
        entity,
        source_key,
        person_source,
        person_key,
        data_groups,
        country,
        consent_source,
        consent_key,
        consent_from,
        consent_until,
        evidence_at,
        transferred_at
    from register.transfer_log
    where %(before)s::bigint is null or transfer_id < %(before)s
    order by transfer_id desc
    limit %(most)s
)

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
    logged.transferred_at,
    round(extract(epoch from logged.transferred_at - logged.evidence_at) / 3600, 1) as evidence_hours
from logged
left join ({consents_today}) as consent
    on logged.consent_source = consent.source and logged.consent_key = consent.source_key
left join ({held_places}) as lies
    on
        logged.destination = 'record' and logged.entity = lies.entity and logged.source = lies.source
        and logged.source_key = lies.source_key
order by logged.transfer_id desc
