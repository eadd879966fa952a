-- Devices and machines in the cloud, with the region each keeps its data in.
-- Dialect: PostgreSQL (service_desk).
select
    asset_tag as source_key,
    client_id as customer_key,
    model,
    serial_no as serial_number,
    os_version as software_version,
    case security_score
        when 'red' then 'low'
        when 'amber' then 'normal'
        when 'green' then 'high'
        else security_score
    end as security_level,
    in_use_from,
    in_use_until,
    cloud as provider,
    region as storage_region
from desk.assets
