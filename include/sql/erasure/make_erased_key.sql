-- Makes the list of the records that are being erased, to which quarantined rows may refer.
create unlogged table staging.erased_key as
select
    source,
    entity,
    source_key
from staging.retention_verdict
where action = 'erase'
