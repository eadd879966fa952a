-- night. The verdict on each collection: it follows the debt, its invoice and the relationship, whichever ends first.
insert into staging.retention_verdict (entity, source, source_key, action, rule, ground, until, subject_id)
select
    'collection' as entity,
    held.source,
    held.source_key,
    case
        when invoice.debt_until < %(night)s or of_invoice.action = 'erase' or relationship.state = 'over' then 'erase'
        else 'keep'
    end as action,
    case
        when invoice.debt_until < %(night)s then 'debt'
        when of_invoice.action = 'erase' then of_invoice.rule
        else 'relationship'
    end as rule,
    case
        when invoice.debt_until < %(night)s then 'debt_ended'
        when of_invoice.action = 'erase' then of_invoice.ground
        when relationship.state = 'over' then 'relationship_ended'
        else relationship.ground
    end as ground,
    case
        when invoice.debt_until < %(night)s then invoice.debt_until
        when of_invoice.action = 'erase' then of_invoice.until
        when relationship.state = 'over' then relationship.due_on
        else relationship.until
    end as until,
    relationship.subject_id
from register.collection as held
inner join staging.retention_invoice as invoice
    on held.source = invoice.source and held.invoice_key = invoice.source_key
inner join register.subject_link as link
    on invoice.source = link.source and link.entity = 'customer' and invoice.customer_key = link.source_key
inner join staging.retention_relationship as relationship on link.subject_id = relationship.subject_id
left join staging.retention_verdict as of_invoice
    on
        invoice.source = of_invoice.source and of_invoice.entity = 'invoice'
        and invoice.source_key = of_invoice.source_key
where
    relationship.state in ('over', 'waits') or of_invoice.action = 'erase' or invoice.debt_until < %(night)s
