-- Collection of unpaid invoices, one row per perinta; dates d.m.yyyy.
-- Dialect: PostgreSQL (billing).
select
    perinta_id as source_key,
    lasku_id as invoice_key,
    case vaihe
        when 'MUISTUTUS' then 'reminder'
        when 'MAKSUVAATIMUS' then 'demand'
        when 'TOIMISTO' then 'agency'
        when 'TUOMIO' then 'judgment'
        when 'PAATTYNYT' then 'closed'
        else nullif(vaihe, '')
    end as stage,
    nullif(aloitettu, '') as started_on,
    nullif(katkaistu, '') as last_interrupted_on,
    nullif(tuomio, '') as judgment_on,
    nullif(paattynyt, '') as closed_on
from laskutus.perinta
