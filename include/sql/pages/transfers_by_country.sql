-- Returns what is in the transfer log by country and destination: transfers, persons, the first and the last night.
select
    country,
    destination,
    count(*) as transfers,
    count(distinct person_source || ' ' || person_key) as persons,
    min(night) as first_night,
    max(night) as last_night
from register.transfer_log
group by country, destination
order by count(*) desc, country asc, destination asc
