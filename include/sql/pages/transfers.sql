-- before: id of the last transfer shown, null at first; most: int. Returns the transfers outside the EU/EEA, newest
-- first, each with the person and the consent by source and key; evidence_hours: how old the consent's evidence was.
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
    evidence_at,
    transferred_at,
    round(extract(epoch from transferred_at - evidence_at) / 3600, 1) as evidence_hours
from register.transfer_log
where %(before)s::bigint is null or transfer_id < %(before)s
order by transfer_id desc
limit %(most)s
