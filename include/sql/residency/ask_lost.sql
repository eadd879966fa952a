-- entity: text; source: where it is one source's. What cannot be found could be about anybody: it asks somebody whom
-- nobody knows.
insert into {asked} (source, record_key, entity, key)
select
    named.source,
    named.record_key,
    'nobody' as entity,
    named.entity || ' ' || named.key as key
from {named} as named
where
    named.entity = %(entity)s
    and not exists (
        select from ({records}) as known
        where named.source = known.source and named.key = known.source_key
    )
on conflict do nothing
