-- Returns how many pulls are under way: begun, not ended, and something happened within two hours.
select count(*)
from staging.pull
where state not in ('recounted', 'refused') and changed_at > now() - interval '2 hours'
