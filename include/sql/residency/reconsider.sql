-- source, entity. Lists the rows that wait in quarantine for a consent which is there by now.
insert into staging.reconsidered (source, entity, source_key)
select distinct
    %(source)s,
    %(entity)s,
    source_key
from {consented}
on conflict do nothing
