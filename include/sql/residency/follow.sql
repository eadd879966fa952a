-- entity, parent: text; source: where it is one source's. Follows one reference of the records that were come to.
insert into {named} (source, record_key, entity, key)
select
    named.source,
    named.record_key,
    %(parent)s,
    known.{column}
from {named} as named
inner join ({records}) as known on named.source = known.source and named.key = known.source_key
where named.entity = %(entity)s and known.{column} is not null
on conflict do nothing
