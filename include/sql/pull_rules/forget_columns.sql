-- pull_id, entity; merged: boolean. Forgets what an earlier try of the pull noted of its columns.
delete from quarantine.column_night
where pull_id = %(pull_id)s and entity = %(entity)s and merged = %(merged)s
