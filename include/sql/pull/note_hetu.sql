-- pull_id, entity, removed: bigint. Notes how many personal identity codes were removed from an entity's texts.
update staging.arrival
set hetu_removed = %(removed)s
where pull_id = %(pull_id)s and entity = %(entity)s
