-- Keeps what Great Expectations said of an entity in a pull; a pull that is judged again says it anew. The parameters
-- are named as the columns.
insert into quarantine.validation (pull_id, source, entity, night, validated_at, result)
values (%(pull_id)s, %(source)s, %(entity)s, %(night)s, clock_timestamp(), %(result)s)
on conflict (pull_id, entity) do update set
    night = excluded.night, validated_at = excluded.validated_at, result = excluded.result
