-- pull_id, entity. Forgets what was noted of columns when the same pull was merged before: it is run again.
delete from quarantine.column_night
where pull_id = %(pull_id)s and entity = %(entity)s and merged
