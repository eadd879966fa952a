-- source; persons, customers: text[], keys of those who are asked; night; timezone; oldest: interval. Returns each
-- consent of theirs, to any country, with what it lacks: one row for whom it answers. It is of the person it names, or
-- of the subject whom who is who ties to them. The evidence is as old as the last merged pull that brought consents.
with asked as (
    select
        wanted.entity,
        wanted.key,
        link.subject_id
    from (
        select
            'person' as entity,
            unnest(%(persons)s::text[]) as key
        union all
        select
            'customer' as entity,
            unnest(%(customers)s::text[]) as key
    ) as wanted
    left join register.subject_link as link
        on wanted.entity = link.entity and wanted.key = link.source_key and link.source = %(source)s
),

evidence as (
    select
        pull.source,
        max(pull.started_at) as evidence_at
    from staging.pull as pull
    inner join staging.arrival as arrival on pull.pull_id = arrival.pull_id and arrival.entity = 'transfer_consent'
    where pull.state in ('merged', 'recounted')
    group by pull.source
),

consent as (
    select
        given.source,
        given.source_key,
        given.person_key,
        given.country,
        given.valid_from,
        given.valid_to,
        given.withdrawn_at,
        given.vanished_pull is not null as gone,
        given.kept_rule is not null as refused,
        given.restricted_ground is not null as restricted,
        link.subject_id,
        evidence.evidence_at,
        case
            when given.withdrawn_at <= greatest(now(), (%(night)s::date + 1)::timestamp at time zone %(timezone)s)
                then given.withdrawn_at
        end as taken_back_at
    from register.transfer_consent as given
    left join evidence on given.source = evidence.source
    left join register.subject_link as link
        on given.source = link.source and link.entity = 'person' and given.person_key = link.source_key
)

select
    asked.entity,
    asked.key,
    consent.source as consent_source,
    consent.source_key as consent_key,
    consent.country,
    consent.valid_from,
    consent.valid_to,
    coalesce(consent.taken_back_at, elsewhere.taken_back_at) as withdrawn_at,
    consent.evidence_at,
    case
        when consent.gone then 'gone'
        when consent.refused then 'refused'
        when consent.restricted then 'restricted'
        when coalesce(consent.taken_back_at, elsewhere.taken_back_at) is not null then 'withdrawn'
        when consent.valid_to < %(night)s::date then 'ended'
        when consent.valid_from is null or consent.valid_from > %(night)s::date then 'not_yet'
        when
            %(oldest)s::interval is not null
            and (consent.evidence_at is null or consent.evidence_at < now() - %(oldest)s::interval)
            then 'evidence_too_old'
        else 'in_force'
    end as state
from asked
inner join consent
    on
        (asked.entity = 'person' and consent.source = %(source)s and asked.key = consent.person_key)
        or asked.subject_id = consent.subject_id
-- As in match.sql: who takes one back takes back all that was given for that country until that day.
left join lateral (
    select max(other.taken_back_at) as taken_back_at
    from consent as other
    where
        other.country = consent.country
        and (other.taken_back_at at time zone %(timezone)s)::date >= consent.valid_from
        and (
            (other.source = consent.source and other.person_key = consent.person_key)
            or other.subject_id = consent.subject_id
        )
) as elsewhere on true
order by asked.entity asc, asked.key asc, consent.valid_from desc nulls last, consent.source asc, consent.source_key asc
