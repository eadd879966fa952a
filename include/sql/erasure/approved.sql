-- Returns the plans that are approved and not erased, the oldest first.
select checksum
from register.erasure_plan
where state = 'approved'
order by night, made_at
