-- How customers are billed, one row per laskutustapa.
-- Dialect: PostgreSQL (billing).
select
    tapa_id as source_key,
    nullif(asiakasnro, '') as customer_key,
    case tapa
        when 'VERKKOLASKU' then 'e_invoice'
        when 'SAHKOPOSTI' then 'email'
        when 'PAPERI' then 'paper'
        when 'SUORAMAKSU' then 'direct_debit'
        else nullif(tapa, '')
    end as method,
    nullif(yhteyshenkilo, '') as contact_name,
    nullif(sahkoposti, '') as email,
    nullif(puhelin, '') as phone,
    nullif(tilinumero, '') as iban
from laskutus.laskutustapa
