-- night; relationship, prospect: intervals. Reckons for each person whether a relationship still ties them: that of
-- each customer they are tied to, their own as a private customer, or a prospect entry of theirs that still runs.
-- Whom nothing ever tied has the same period from the pull that first brought them: a role that waits in quarantine
-- may still come.
with person as (
    select
        link.subject_id,
        bool_and(held.restricted_ground is not null) as restricted,
        max(pull.night) as seen_from
    from register.person as held
    inner join register.subject_link as link
        on held.source = link.source and link.entity = 'person' and held.source_key = link.source_key
    left join staging.pull as pull on held.first_pull = pull.pull_id
    group by link.subject_id
),

tie as (
    select
        person,
        customer
    from staging.retention_tie
    union
    select
        subject_id as person,
        subject_id as customer
    from staging.retention_relationship
),

tied as (
    select
        tie.person as subject_id,
        count(*) as customers,
        bool_or(relationship.state = 'active') as active,
        bool_or(relationship.state = 'no_known_end') as no_known_end,
        bool_or(relationship.state = 'waits') as waits,
        max(relationship.ended_on) as ended_on,
        max(relationship.due_on) as due_on,
        (
            array_agg(relationship.ground order by relationship.until desc nulls first, relationship.ground)
            filter (where relationship.state = 'waits')
        )[1
        ] as ground,
        (
            array_agg(relationship.until order by relationship.until desc nulls first, relationship.ground)
            filter (where relationship.state = 'waits')
        )[1
        ] as until
    from tie
    inner join staging.retention_relationship as relationship on tie.customer = relationship.subject_id
    group by tie.person
),

prospect as (
    select
        link.subject_id,
        max((held.noted_on + %(prospect)s::interval)::date) as due_on
    from register.prospect as held
    inner join register.subject_link as link
        on held.source = link.source and link.entity = 'prospect' and held.source_key = link.source_key
    group by link.subject_id
),

hold as (
    select
        link.subject_id,
        max(held.until) as until
    from staging.retention_held as held
    inner join register.subject_link as link
        on held.source = link.source and held.entity = link.entity and held.source_key = link.source_key
    group by link.subject_id
),

known as (
    select
        person.subject_id,
        coalesce(tied.customers, 0) as customers,
        coalesce(tied.active, false) or coalesce(prospect.due_on > %(night)s, false) as active,
        coalesce(tied.no_known_end, false) as no_known_end,
        coalesce(tied.waits, false) as waits,
        case when hold.subject_id is not null then 'legal_hold' else tied.ground end as ground,
        case when hold.subject_id is not null then nullif(hold.until, 'infinity') else tied.until end as until,
        hold.subject_id is not null as held,
        person.restricted,
        coalesce(tied.ended_on, case when tied.customers is null then person.seen_from end) as ended_on,
        greatest(
            tied.due_on,
            prospect.due_on,
            case when tied.customers is null then (person.seen_from + %(relationship)s::interval)::date end
        ) as due_on
    from person
    left join tied on person.subject_id = tied.subject_id
    left join prospect on person.subject_id = prospect.subject_id
    left join hold on person.subject_id = hold.subject_id
)

insert into staging.retention_person (subject_id, ended_on, due_on, state, ground, until)
select
    subject_id,
    ended_on,
    due_on,
    case
        when active or due_on > %(night)s then 'active'
        when no_known_end or (due_on is null and not restricted) then 'no_known_end'
        when waits or held then 'waits'
        else 'over'
    end as state,
    ground,
    until
from known
