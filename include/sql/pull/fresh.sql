-- pull_id, entity, fresh. Notes how many rows of an arrival are fresh.
update staging.arrival
set fresh = %(fresh)s
where pull_id = %(pull_id)s and entity = %(entity)s
