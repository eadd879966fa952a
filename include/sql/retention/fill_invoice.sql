-- year_end: month and day; voucher, debt, judgment: intervals. Reckons until when each invoice is kept as a voucher,
-- and until when an unpaid one can be claimed (728/2003: a reminder or a demand interrupts, as starting one does).
with interruption as (
    select
        source,
        invoice_key,
        max(greatest(started_on, last_interrupted_on)) as interrupted_on,
        max(judgment_on) as judgment_on
    from register.collection
    group by source, invoice_key
)

insert into staging.retention_invoice (source, source_key, customer_key, voucher_until, debt_until)
select
    invoice.source,
    invoice.source_key,
    invoice.customer_key,
    register.voucher_until(invoice.issued_on, %(year_end)s, %(voucher)s::interval),
    case
        when invoice.kind = 'invoice' and invoice.amount > 0 and invoice.paid_on is null
            then register.debt_until(
                invoice.due_on,
                interruption.interrupted_on,
                interruption.judgment_on,
                %(debt)s::interval,
                %(judgment)s::interval
            )
    end as debt_until
from register.invoice as invoice
left join interruption on invoice.source = interruption.source and invoice.source_key = interruption.invoice_key
