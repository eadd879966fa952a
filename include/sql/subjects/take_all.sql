-- Takes up every record that is about somebody, and every one that was.
insert into staging.subject_key (source, entity, source_key)
select
    source,
    'customer' as entity,
    source_key
from register.customer
union
select
    source,
    'person' as entity,
    source_key
from register.person
union
select
    source,
    'prospect' as entity,
    source_key
from register.prospect
union
select
    source,
    entity,
    source_key
from register.subject_link
union
select
    source,
    entity,
    source_key
from register.subject_identifier
on conflict do nothing
