-- night. Empties the rows whose time in quarantine is over; the source still sends them, so the books still count them.
update quarantine.row
set row = null
where expires_on <= %(night)s and row is not null
