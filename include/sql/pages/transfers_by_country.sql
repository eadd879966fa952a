-- Returns what is in the transfer log by country, destination and entity: records, persons, times that one was logged,
-- first and last night. A record is logged again when it changes, or another consent or country takes its place.
select
    country,
    destination,
    entity,
    count(distinct source || ' ' || source_key) as records,
    count(*) as logged,
    count(distinct person_source || ' ' || person_key) as persons,
    min(night) as first_night,
    max(night) as last_night
from register.transfer_log
group by country, destination, entity
order by count(*) desc, country asc, destination asc, entity asc
