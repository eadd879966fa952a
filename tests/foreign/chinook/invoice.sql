-- Invoices. Chinook sells against payment: an invoice is due on its day. It does not say when it was paid. Left out:
-- the lines, which say what somebody listens to.
-- Dialect: MariaDB (chinook).
select
    invoice_id as source_key,
    customer_id as customer_key,
    invoice_id as invoice_number,
    'invoice' as kind,
    date(invoice_date) as issued_on,
    date(invoice_date) as due_on,
    total as amount
from invoice
