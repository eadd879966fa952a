-- Returns the held records that lie outside the EU/EEA without a consent.
select
    source,
    entity,
    source_key,
    rule,
    country,
    found_on
from register.misplaced
order by found_on, source, entity, source_key
