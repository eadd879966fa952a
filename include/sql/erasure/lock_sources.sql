-- checksum. Takes the pull locks of the plan's sources until the transaction ends: no step of a pull runs meanwhile.
select pg_advisory_xact_lock(hashtextextended('rekisteri pull ' || planned.source, 0))
from (
    select distinct source
    from register.erasure_item
    where checksum = %(checksum)s
    order by source
) as planned
