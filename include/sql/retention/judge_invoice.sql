-- night. The verdict on each invoice: kept as a voucher for its years, restricted once the relationship is over;
-- gone when neither the books nor a debt need it, even in a relationship that goes on.
insert into staging.retention_verdict (entity, source, source_key, action, rule, ground, until, subject_id)
select
    'invoice' as entity,
    invoice.source,
    invoice.source_key,
    case
        when invoice.voucher_until < %(night)s and coalesce(invoice.debt_until < %(night)s, true) then 'erase'
        when relationship.state = 'waits' then 'keep'
        else 'restrict'
    end as action,
    'voucher' as rule,
    case
        when invoice.voucher_until < %(night)s and coalesce(invoice.debt_until < %(night)s, true) then 'voucher_ended'
        when relationship.state = 'waits' then relationship.ground
        else 'voucher'
    end as ground,
    case
        when invoice.voucher_until < %(night)s and coalesce(invoice.debt_until < %(night)s, true)
            then invoice.voucher_until
        when relationship.state = 'waits' then relationship.until
        else invoice.voucher_until
    end as until,
    relationship.subject_id
from staging.retention_invoice as invoice
inner join register.subject_link as link
    on invoice.source = link.source and link.entity = 'customer' and invoice.customer_key = link.source_key
inner join staging.retention_relationship as relationship on link.subject_id = relationship.subject_id
where
    relationship.state in ('over', 'waits')
    or (invoice.voucher_until < %(night)s and coalesce(invoice.debt_until < %(night)s, true))
