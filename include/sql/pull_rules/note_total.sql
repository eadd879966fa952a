-- pull_id, entity, name; total: numeric or null. Notes what the source counted or summed itself.
insert into staging.source_total (pull_id, entity, name, total)
values (%(pull_id)s, %(entity)s, %(name)s, %(total)s)
