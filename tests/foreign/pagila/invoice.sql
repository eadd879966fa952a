-- Payments: a receipt each, due and paid at once. Amounts are floating-point numbers there.
-- Dialect: SQLite (pagila).
select
    payment_id as source_key,
    customer_id as customer_key,
    payment_id as invoice_number,
    'invoice' as kind,
    date(payment_date) as issued_on,
    date(payment_date) as due_on,
    date(payment_date) as paid_on,
    printf('%.2f', amount) as amount
from payment
