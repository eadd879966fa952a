-- domain, key_version: which pseudonyms; precedence: text[] of sources, the preferred first.
-- One row per contract of a customer, however many sources tell of it: the analysts' columns, and left_out: no
-- record of it may be used (it or its customer's record is due for erasure, restricted, or gone at its source).
with due as materialized (
    select
        source,
        entity,
        source_key
    from register.due
),

record as (
    select
        link.subject_id,
        contract.source,
        contract.source_key,
        contract.contract_number,
        contract.kind,
        contract.started_on,
        contract.ended_on,
        customer.source_key as customer_key,
        customer.kind as customer_kind,
        contract.vanished_pull is not null or contract.restricted_ground is not null
        or customer.source_key is null or customer.vanished_pull is not null or customer.restricted_ground is not null
        or due.source_key is not null or customer_due.source_key is not null as closed
    from register.contract as contract
    left join register.customer as customer
        on contract.source = customer.source and contract.customer_key = customer.source_key
    left join register.subject_link as link
        on customer.source = link.source and link.entity = 'customer' and customer.source_key = link.source_key
    left join due
        on contract.source = due.source and due.entity = 'contract' and contract.source_key = due.source_key
    left join due as customer_due
        on
            customer.source = customer_due.source and customer_due.entity = 'customer'
            and customer.source_key = customer_due.source_key
),

contract as (
    select distinct on (record.subject_id, record.contract_number) record.*
    from record
    order by
        record.subject_id,
        record.contract_number,
        record.closed,
        array_position(%(precedence)s::text[], record.source) nulls last,
        record.source,
        record.source_key
),

address as (
    select distinct on (held.source, held.customer_key)
        held.source,
        held.customer_key,
        held.postal_code
    from register.address as held
    left join due on held.source = due.source and due.entity = 'address' and held.source_key = due.source_key
    where
        held.vanished_pull is null and held.restricted_ground is null and due.source_key is null
        and held.country = 'FI'
    order by
        held.source,
        held.customer_key,
        case held.kind when 'use' then 1 when 'delivery' then 2 else 3 end,
        held.source_key
)

select
    pseudonym.pseudonym as customer,
    contract.customer_kind,
    contract.kind,
    contract.closed as left_out,
    left(address.postal_code, 2) as region,
    to_char(contract.started_on, 'YYYY') as started,
    to_char(contract.ended_on, 'YYYY') as ended
from contract
left join vault.pseudonym as pseudonym
    on
        contract.subject_id = pseudonym.subject_id
        and pseudonym.domain = %(domain)s
        and pseudonym.key_version = %(key_version)s
left join address on contract.source = address.source and contract.customer_key = address.customer_key
