-- Takes up what was touched since the last time.
with taken as (
    delete from register.subject_touched
    returning source, entity, source_key
)

insert into staging.subject_key (source, entity, source_key)
select distinct
    source,
    entity,
    source_key
from taken
