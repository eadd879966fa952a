-- since: date, null for all. Returns the transfers outside the EU/EEA, the newest first.
select
    night,
    destination,
    source,
    entity,
    source_key,
    country,
    data_groups,
    person_source,
    person_key,
    consent_source,
    consent_key,
    evidence_at,
    transferred_at
from register.transfer_log
where %(since)s::date is null or night >= %(since)s
order by night desc, transfer_id desc
