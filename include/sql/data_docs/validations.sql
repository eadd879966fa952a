-- All validations that are kept, the newest first.
select
    pull_id,
    source,
    entity,
    night,
    validated_at,
    result
from quarantine.validation
order by night desc, validated_at desc, source asc, entity asc
