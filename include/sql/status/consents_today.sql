-- A part of a statement; timezone. The consents to transfers that the register holds, by key, each with what it is
-- worth today: state, in_force or the first that is true of withdrawn, ended, gone (at its source), refused (its newest
-- version), restricted, not_yet; withdrawn_on; ended_on where it has an end. As in residency/match.sql: who takes one
-- back takes back all that was given for that country until that day.
with known as (
    select
        given.source,
        given.source_key,
        given.person_key,
        given.country,
        given.valid_from,
        given.valid_to,
        given.withdrawn_at,
        given.vanished_pull,
        given.kept_rule,
        given.restricted_ground,
        link.subject_id,
        (given.withdrawn_at at time zone %(timezone)s)::date as withdrawn_on
    from register.transfer_consent as given
    left join register.subject_link as link
        on given.source = link.source and link.entity = 'person' and given.person_key = link.source_key
),

by_person as (
    select
        source,
        person_key,
        country,
        max(withdrawn_on) as withdrawn_on
    from known
    where withdrawn_on is not null
    group by source, person_key, country
),

by_subject as (
    select
        subject_id,
        country,
        max(withdrawn_on) as withdrawn_on
    from known
    where withdrawn_on is not null and subject_id is not null
    group by subject_id, country
),

judged as (
    select
        known.*,
        coalesce(
            known.withdrawn_on,
            greatest(
                case when by_person.withdrawn_on >= known.valid_from then by_person.withdrawn_on end,
                case when by_subject.withdrawn_on >= known.valid_from then by_subject.withdrawn_on end
            )
        ) as taken_back_on,
        (now() at time zone %(timezone)s)::date as today
    from known
    left join by_person
        on
            known.source = by_person.source and known.person_key = by_person.person_key
            and known.country = by_person.country
    left join by_subject on known.subject_id = by_subject.subject_id and known.country = by_subject.country
)

select
    source,
    source_key,
    withdrawn_at,
    taken_back_on as withdrawn_on,
    valid_to as ended_on,
    case
        when taken_back_on is not null then 'withdrawn'
        when valid_to < today then 'ended'
        when vanished_pull is not null then 'gone'
        when kept_rule is not null then 'refused'
        when restricted_ground is not null then 'restricted'
        when valid_from is null or valid_from > today then 'not_yet'
        else 'in_force'
    end as state
from judged
