-- checksum, night; review: interval. Leaves a tombstone for each erased record.
insert into vault.row_tombstone (source, entity, source_key, plan, cause, erased_on, review_on)
select
    source,
    entity,
    source_key,
    %(checksum)s,
    'erased' as cause,
    %(night)s,
    (%(night)s::date + %(review)s::interval)::date
from staging.retention_verdict
where action = 'erase'
on conflict (source, entity, source_key) do update set
    plan = excluded.plan,
    cause = excluded.cause,
    erased_on = excluded.erased_on,
    review_on = excluded.review_on
