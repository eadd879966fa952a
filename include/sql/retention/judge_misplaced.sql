-- The verdict on each record that lies outside the EU/EEA without a consent: it goes, whatever else would keep it but a
-- legal hold.
insert into staging.retention_verdict as known (entity, source, source_key, action, rule, ground, until, subject_id)
select
    entity,
    source,
    source_key,
    'erase' as action,
    rule,
    'residency_outside' as ground,
    null as until,
    null as subject_id
from register.misplaced
on conflict (entity, source, source_key) do update set
    action = excluded.action,
    rule = excluded.rule,
    ground = excluded.ground,
    until = excluded.until
where known.action <> 'erase'
