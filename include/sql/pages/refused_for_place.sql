-- Returns how many rows wait in quarantine since their place is outside the EU/EEA, unknown or named too vaguely.
select count(*) as waiting
from quarantine.row
where gate = 'residency' and row is not null
