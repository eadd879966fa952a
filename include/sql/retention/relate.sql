-- night; relationship: interval. Reckons when each subject's relationship ended: every contract and service of all
-- its customer records, across sources; and what still keeps its data: a hold, an unpaid debt that can be claimed, an
-- open case, an open order. A contract that is gone at its source ended that night. Where no contract ever told an
-- end there is no known end, unless all its customer records are restricted: then the end is in the past.
with customer as (
    select
        held.source,
        held.source_key,
        link.subject_id,
        held.restricted_ground is not null as restricted,
        pull.night as vanished_on
    from register.customer as held
    inner join register.subject_link as link
        on held.source = link.source and link.entity = 'customer' and held.source_key = link.source_key
    left join staging.pull as pull on held.vanished_pull = pull.pull_id
),

contract as (
    select
        customer.subject_id,
        greatest(
            max(coalesce(held.ended_on, pull.night, 'infinity')),
            max(coalesce(service.terminated_on, service_pull.night, 'infinity'))
            filter (where service.source_key is not null)
        ) as ended_on
    from register.contract as held
    inner join customer on held.source = customer.source and held.customer_key = customer.source_key
    left join staging.pull as pull on held.vanished_pull = pull.pull_id
    left join register.service as service
        on held.source = service.source and held.source_key = service.contract_key
    left join staging.pull as service_pull on service.vanished_pull = service_pull.pull_id
    group by customer.subject_id
),

subject as (
    select
        subject_id,
        bool_and(restricted) as restricted,
        case when bool_and(vanished_on is not null) then max(vanished_on) end as vanished_on
    from customer
    group by subject_id
),

open_order as (
    select distinct customer.subject_id
    from register."order" as held
    inner join customer on held.source = customer.source and held.customer_key = customer.source_key
    where
        held.delivered_on is null and held.cancelled_on is null and held.returned_on is null
        and held.vanished_pull is null
),

open_case as (
    select distinct customer.subject_id
    from register."case" as held
    inner join customer on held.source = customer.source and held.customer_key = customer.source_key
    where held.closed_at is null and held.vanished_pull is null
),

debt as (
    select
        customer.subject_id,
        max(invoice.debt_until) as until
    from staging.retention_invoice as invoice
    inner join customer on invoice.source = customer.source and invoice.customer_key = customer.source_key
    where invoice.debt_until >= %(night)s
    group by customer.subject_id
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
        subject.subject_id,
        subject.restricted,
        coalesce(contract.ended_on, subject.vanished_on) as ended_on,
        (coalesce(contract.ended_on, subject.vanished_on) + %(relationship)s::interval)::date as due_on
    from subject
    left join contract on subject.subject_id = contract.subject_id
)

insert into staging.retention_relationship (subject_id, ended_on, due_on, state, ground, until)
select
    known.subject_id,
    known.ended_on,
    known.due_on,
    case
        when known.due_on is null and not known.restricted then 'no_known_end'
        when known.due_on > %(night)s then 'active'
        when coalesce(hold.subject_id, debt.subject_id, open_case.subject_id, open_order.subject_id) is not null
            then 'waits'
        else 'over'
    end as state,
    case
        when hold.subject_id is not null then 'legal_hold'
        when debt.subject_id is not null then 'unpaid_debt'
        when open_case.subject_id is not null then 'open_case'
        when open_order.subject_id is not null then 'open_order'
    end as ground,
    case when hold.subject_id is not null then nullif(hold.until, 'infinity') else debt.until end as until
from known
left join hold on known.subject_id = hold.subject_id
left join debt on known.subject_id = debt.subject_id
left join open_case on known.subject_id = open_case.subject_id
left join open_order on known.subject_id = open_order.subject_id
