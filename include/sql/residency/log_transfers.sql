-- source, entity, night, pull_id; groups: smallint[]. Logs the transfers outside the EU/EEA that a merge let in: of
-- what it added or changed, and of what it left as it was where this country or consent was not logged yet.
insert into register.transfer_log (
    night, pull_id, destination, source, entity, source_key, person_source, person_key, data_groups, country,
    consent_source, consent_key, evidence_at, transferred_at, consent_from, consent_until
)
select
    %(night)s,
    %(pull_id)s,
    'record' as destination,
    consented.source,
    %(entity)s,
    consented.source_key,
    consented.consent_source,
    consented.person_key,
    %(groups)s,
    consented.country,
    consented.consent_source,
    consented.consent_key,
    consented.evidence_at,
    now() as transferred_at,
    consented.consent_from,
    consented.consent_until
from {consented} as consented
inner join {register} as held on consented.source = held.source and consented.source_key = held.source_key
where
    not exists (
        select from {checked} as checked
        inner join {refused} as refused on checked._row = refused._row
        where checked.source_key = consented.source_key
    )
    and (
        held.changed_pull = %(pull_id)s
        or not exists (
            select from register.transfer_log as known
            where
                known.destination = 'record' and known.source = consented.source and known.entity = %(entity)s
                and known.source_key = consented.source_key and known.country = consented.country
                and known.consent_source = consented.consent_source and known.consent_key = consented.consent_key
        )
    )
on conflict do nothing
