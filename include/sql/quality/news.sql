-- Makes the part of the gate's relation that is new or changed: what only waits in quarantine has had its verdict.
create view {news} as
select gate.*
from {gate} as gate
inner join {compared} as compared on gate._row = compared._row
where compared.fate = 'fresh'
