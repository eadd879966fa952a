-- night; keep: interval. Empties the rows whose time in quarantine is over, counted from their first refusal; the
-- source still sends them, so the books still count them.
update quarantine.row
set row = null
where least(expires_on, (first_refused_on + %(keep)s::interval)::date) <= %(night)s and row is not null
