-- night, timezone; source: the one that is pulled, null for none; pull_id; oldest: interval, null where the age of the
-- evidence does not count. Lists the records outside of which each one who is asked has consented to that country: the
-- consent is in force that night, not withdrawn by the night's end or by now, and its source confirmed it lately. The
-- evidence is as old as the start of the pull that last read it. A consent is of the person whom it names in its own
-- source, or of the subject whom who is who ties to that person. Who takes one back takes back all that was given for
-- that country until that day, also by another record: a yes and a no of one day are a no.
with evidence as (
    select
        seen.source,
        pull.started_at as evidence_at
    from staging.seen as seen
    inner join staging.pull as pull on seen.pull_id = pull.pull_id
    where
        seen.entity = 'transfer_consent'
        -- A run that is taken up again begins anew, and has confirmed nothing before it is merged.
        and pull.state in ('merged', 'recounted')
        and not (%(brings_consents)s and seen.source = %(source)s::text)
    union all
    select
        pull.source,
        pull.started_at
    from staging.pull as pull
    where pull.pull_id = %(pull_id)s and %(brings_consents)s
),

consent as (
    select
        known.source,
        known.source_key,
        known.person_key,
        known.country,
        known.valid_from,
        known.valid_to,
        known.is_none,
        link.subject_id,
        case
            when known.withdrawn_at <= greatest(now(), (%(night)s::date + 1)::timestamp at time zone %(timezone)s)
                then (known.withdrawn_at at time zone %(timezone)s)::date
        end as taken_back_on
    from ({consents}) as known
    left join register.subject_link as link
        on known.source = link.source and link.entity = 'person' and known.person_key = link.source_key
),

in_force as (
    select
        consent.source,
        consent.source_key,
        consent.person_key,
        consent.country,
        consent.valid_from,
        consent.valid_to,
        consent.subject_id,
        evidence.evidence_at
    from consent
    left join evidence on consent.source = evidence.source
    where
        not consent.is_none
        and consent.valid_from <= %(night)s
        and (consent.valid_to is null or consent.valid_to >= %(night)s)
        and consent.taken_back_on is null
        and not exists (
            select from consent as other
            where
                other.source = consent.source and other.person_key = consent.person_key
                and other.country = consent.country and other.taken_back_on >= consent.valid_from
        )
        and not exists (
            select from consent as other
            where
                other.subject_id = consent.subject_id
                and other.country = consent.country and other.taken_back_on >= consent.valid_from
        )
        and (%(oldest)s::interval is null or evidence.evidence_at >= now() - %(oldest)s::interval)
),

asked as (
    select
        asked.source,
        asked.record_key,
        asked.entity,
        asked.key,
        outside.country,
        link.subject_id
    from {asked} as asked
    inner join {outside} as outside on asked.source = outside.source and asked.record_key = outside.source_key
    left join register.subject_link as link
        on asked.source = link.source and asked.entity = link.entity and asked.key = link.source_key
),

given as (
    select
        asked.source,
        asked.record_key,
        asked.entity,
        asked.key,
        in_force.source as consent_source,
        in_force.source_key as consent_key,
        in_force.person_key,
        in_force.valid_from,
        in_force.valid_to,
        in_force.evidence_at
    from asked
    inner join in_force
        on
            asked.country = in_force.country and asked.entity = 'person'
            and asked.source = in_force.source and asked.key = in_force.person_key
    union all
    select
        asked.source,
        asked.record_key,
        asked.entity,
        asked.key,
        in_force.source,
        in_force.source_key,
        in_force.person_key,
        in_force.valid_from,
        in_force.valid_to,
        in_force.evidence_at
    from asked
    inner join in_force on asked.country = in_force.country and asked.subject_id = in_force.subject_id
),

chosen as (
    select distinct on (source, record_key, entity, key)
        source,
        record_key,
        entity,
        key,
        consent_source,
        consent_key,
        person_key,
        evidence_at,
        valid_from,
        valid_to
    from given
    order by
        source, record_key, entity, key, evidence_at desc nulls last, valid_from desc, consent_source, consent_key
),

complete as (
    select
        asked.source,
        asked.record_key,
        asked.country
    from asked
    left join chosen
        on
            asked.source = chosen.source and asked.record_key = chosen.record_key
            and asked.entity = chosen.entity and asked.key = chosen.key
    group by asked.source, asked.record_key, asked.country
    having count(*) = count(chosen.key)
)

insert into {consented} (
    source, source_key, country, person_key, consent_source, consent_key, evidence_at, consent_from, consent_until
)
select distinct on (complete.source, complete.record_key, chosen.consent_source, chosen.person_key)
    complete.source,
    complete.record_key,
    complete.country,
    chosen.person_key,
    chosen.consent_source,
    chosen.consent_key,
    chosen.evidence_at,
    chosen.valid_from,
    chosen.valid_to
from complete
inner join chosen on complete.source = chosen.source and complete.record_key = chosen.record_key
order by complete.source, complete.record_key, chosen.consent_source, chosen.person_key, chosen.consent_key
