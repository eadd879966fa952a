-- checksum. Returns a plan's state and counts, and locks it until the transaction ends.
select
    state,
    erase,
    "restrict"
from register.erasure_plan
where checksum = %(checksum)s
for update
