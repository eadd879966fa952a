-- pull_id, entity, name; rows, nulls: what the register holds after the merge. What was noted is history.
update quarantine.column_night
set rows = %(rows)s, nulls = %(nulls)s, merged = true
where pull_id = %(pull_id)s and entity = %(entity)s and name = %(name)s
