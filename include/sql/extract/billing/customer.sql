-- Customers, one row per asiakas; dates d.m.yyyy, an empty text means unknown.
-- Dialect: PostgreSQL (billing).
select
    asiakasnro as source_key,
    case tyyppi
        when 'Y' then 'company'
        when 'H' then 'person'
        else nullif(tyyppi, '')
    end as kind,
    nullif(nimi, '') as name,
    nullif(ytunnus, '') as y_tunnus,
    nullif(sahkoposti, '') as email,
    nullif(puhelin, '') as phone,
    nullif(perustettu, '') as registered_on
from laskutus.asiakas
