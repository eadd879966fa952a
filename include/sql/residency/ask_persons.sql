-- Asks the persons that a record names, itself or by what it refers to.
insert into {asked} (source, record_key, entity, key)
select
    source,
    record_key,
    entity,
    key
from {named}
where entity = 'person'
on conflict do nothing
