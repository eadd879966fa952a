-- entity: text. Begins at the records outside whose country is known.
insert into {named} (source, record_key, entity, key)
select
    source,
    source_key,
    %(entity)s,
    source_key
from {outside}
where country is not null
