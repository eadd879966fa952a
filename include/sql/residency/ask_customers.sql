-- source: where it is one source's. Asks the customers who are persons.
insert into {asked} (source, record_key, entity, key)
select
    named.source,
    named.record_key,
    named.entity,
    named.key
from {named} as named
inner join ({records}) as known on named.source = known.source and named.key = known.source_key
where named.entity = 'customer' and known.kind = 'person'
on conflict do nothing
