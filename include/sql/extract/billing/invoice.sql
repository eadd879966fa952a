-- Invoices and credit notes, one row per lasku; dates d.m.yyyy, amounts 1 234,56.
-- Dialect: PostgreSQL (billing).
select
    lasku_id as source_key,
    asiakasnro as customer_key,
    nullif(laskunro, '') as invoice_number,
    nullif(viite, '') as reference,
    case laji
        when 'L' then 'invoice'
        when 'H' then 'credit_note'
        else nullif(laji, '')
    end as kind,
    nullif(laskupvm, '') as issued_on,
    nullif(erapvm, '') as due_on,
    nullif(maksettu, '') as paid_on,
    nullif(summa, '') as amount
from laskutus.lasku
