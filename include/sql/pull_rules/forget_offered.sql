-- pull_id. Forgets what an earlier try of a pull noted that the source offers.
delete from quarantine.column_night
where pull_id = %(pull_id)s and not merged
