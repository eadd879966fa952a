-- pull_id, entity, name; newest: timestamptz. Notes the newest moment of a column.
update quarantine.column_night
set newest = %(newest)s
where pull_id = %(pull_id)s and entity = %(entity)s and name = %(name)s
