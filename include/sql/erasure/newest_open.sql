-- Returns checksum, night, state and counts of the newest plan that waits for an answer or, approved, for its erasure.
select
    checksum,
    night,
    state,
    erase,
    restrict,
    keep
from register.erasure_plan
where state in ('waiting', 'approved') and erase + restrict > 0
order by made_at desc
limit 1
