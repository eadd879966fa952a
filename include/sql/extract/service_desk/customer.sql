-- Client organisations and consumers.
-- Dialect: PostgreSQL (service_desk).
select
    client_id as source_key,
    case client_type
        when 'B2B' then 'company'
        when 'B2C' then 'person'
        else client_type
    end as kind,
    display_name as name,
    vat_id as y_tunnus,
    main_email as email,
    main_phone as phone,
    client_since as registered_on
from desk.clients
