-- source, entity. Returns how many of the rows that arrived wait in quarantine as they are.
select count(*)
from {compared}
where fate = 'waiting'
