-- source: where it is one source's. Asks each person whom one entity of the record's source ties to a company.
insert into {asked} (source, record_key, entity, key)
select distinct
    named.source,
    named.record_key,
    'person' as entity,
    tie.person_key as key
from {named} as named
inner join ({records}) as known on named.source = known.source and named.key = known.source_key
inner join ({ties}) as tie on named.source = tie.source and named.key = tie.customer_key
where named.entity = 'customer' and known.kind <> 'person'
on conflict do nothing
