-- night, timezone; recording, after_case: intervals. The verdict on each recording: its own period, or its case's
-- closing where that is earlier, or the end of the relationship.
with dated as (
    select
        held.source,
        held.source_key,
        held.case_key,
        least(
            ((held.recorded_at at time zone %(timezone)s)::date + %(recording)s::interval)::date,
            ((of_case.closed_at at time zone %(timezone)s)::date + %(after_case)s::interval)::date
        ) as due_on,
        customer.subject_id
    from register.recording as held
    left join register."case" as of_case on held.source = of_case.source and held.case_key = of_case.source_key
    left join register.subject_link as customer
        on
            of_case.source = customer.source and customer.entity = 'customer'
            and of_case.customer_key = customer.source_key
)

insert into staging.retention_verdict (entity, source, source_key, action, rule, ground, until, subject_id)
select
    'recording' as entity,
    dated.source,
    dated.source_key,
    case when dated.due_on <= %(night)s then 'erase' else followed.action end as action,
    case when dated.due_on <= %(night)s then 'recording' else followed.rule end as rule,
    case when dated.due_on <= %(night)s then 'recording_ended' else followed.ground end as ground,
    case when dated.due_on <= %(night)s then dated.due_on else followed.until end as until,
    dated.subject_id
from dated
left join staging.retention_verdict as followed
    on dated.source = followed.source and followed.entity = 'case' and dated.case_key = followed.source_key
where dated.due_on <= %(night)s or followed.action is not null
