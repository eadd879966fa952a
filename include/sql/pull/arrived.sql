-- pull_id, entity, read. Counts what arrived.
insert into staging.arrival (pull_id, entity, read)
values (%(pull_id)s, %(entity)s, %(read)s)
on conflict (pull_id, entity) do update
    set read = excluded.read, fresh = null, hetu_removed = 0
