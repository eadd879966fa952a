-- Billing and delivery addresses, one row per osoite; Finnish names of the neighbouring countries become codes.
-- Dialect: PostgreSQL (billing).
select
    osoite_id as source_key,
    asiakasnro as customer_key,
    case laji
        when 'LASKU' then 'billing'
        when 'TOIMITUS' then 'delivery'
        when 'KAYTTO' then 'use'
        else nullif(laji, '')
    end as kind,
    nullif(katu, '') as street,
    nullif(postinro, '') as postal_code,
    nullif(paikka, '') as city,
    case maa
        when 'Suomi' then 'FI'
        when 'Ahvenanmaa' then 'AX'
        when 'Ruotsi' then 'SE'
        when 'Viro' then 'EE'
        else nullif(maa, '')
    end as country
from laskutus.osoite
