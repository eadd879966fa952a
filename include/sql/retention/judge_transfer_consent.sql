-- night, timezone; consent: interval. The verdict on each transfer consent: evidence for the period after it was
-- withdrawn or ran out or the relationship ended, whichever was first; restricted once the relationship is over. What
-- one record takes back ends all that was given for that country until that day: else the one would outlive the other.
with taken_back as (
    select
        link.subject_id,
        held.country,
        (held.withdrawn_at at time zone %(timezone)s)::date as day
    from register.transfer_consent as held
    inner join register.subject_link as link
        on held.source = link.source and link.entity = 'person' and held.person_key = link.source_key
    where held.withdrawn_at is not null
),

dated as (
    select
        held.source,
        held.source_key,
        person.subject_id,
        person.state,
        person.ground,
        person.until,
        case
            when held.restricted_ground = 'consent_evidence' then held.restricted_until
            else (
                least(
                    (held.withdrawn_at at time zone %(timezone)s)::date,
                    (
                        select min(taken_back.day)
                        from taken_back
                        where
                            taken_back.subject_id = link.subject_id and taken_back.country = held.country
                            and taken_back.day >= held.valid_from
                    ),
                    held.valid_to,
                    case when person.state = 'over' then coalesce(person.ended_on, person.due_on, %(night)s) end
                ) + %(consent)s::interval
            )::date
        end as evidence_until
    from register.transfer_consent as held
    inner join register.subject_link as link
        on held.source = link.source and link.entity = 'person' and held.person_key = link.source_key
    inner join staging.retention_person as person on link.subject_id = person.subject_id
)

insert into staging.retention_verdict (entity, source, source_key, action, rule, ground, until, subject_id)
select
    'transfer_consent' as entity,
    source,
    source_key,
    case
        when evidence_until < %(night)s then 'erase'
        when state = 'over' then 'restrict'
        else 'keep'
    end as action,
    'consent_evidence' as rule,
    case
        when evidence_until < %(night)s then 'evidence_ended'
        when state = 'over' then 'consent_evidence'
        else ground
    end as ground,
    case when evidence_until < %(night)s or state = 'over' then evidence_until else until end as until,
    subject_id
from dated
where evidence_until < %(night)s or state in ('over', 'waits')
