-- Returns the sources that are not inside the EU/EEA any more: nothing is pulled from them.
select
    source,
    found_on
from register.misplaced_source
order by source asc
