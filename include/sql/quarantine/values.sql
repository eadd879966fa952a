-- quarantine_id. Returns what a row in quarantine holds.
select row as content
from quarantine.row
where quarantine_id = %(quarantine_id)s
