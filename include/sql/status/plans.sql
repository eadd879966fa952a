-- checksum: the leading digits of a plan's checksum, empty for all. Returns the plans, the newest first.
select
    checksum,
    night,
    state,
    erase,
    "restrict",
    keep
from register.erasure_plan
where starts_with(checksum, %(checksum)s)
order by night desc, made_at desc
limit 10
