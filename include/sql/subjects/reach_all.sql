-- Reaches every record.
insert into staging.subject_reached (source, entity, source_key)
select
    source,
    entity,
    source_key
from register.subject_identifier
on conflict do nothing
