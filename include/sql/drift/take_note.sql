-- Takes note of changes in sources' tables. changes: their ids; staff, seen_on: who, and when. Returns each source.
update staging.source_change set seen_by = %(staff)s, seen_on = %(seen_on)s
where seen_on is null and change_id = any(%(changes)s)
returning source
