-- most: int. Returns the held records that lie outside the EU/EEA without a consent, the longest known first;
-- listed: how many there are in all.
select
    source,
    entity,
    source_key,
    rule,
    country,
    found_on,
    count(*) over () as listed
from register.misplaced
order by found_on asc, source asc, entity asc, source_key asc
limit %(most)s
