-- pull_id, night, source, entity, name; rows, nulls: what the source offers. Notes it of one column.
insert into quarantine.column_night (
    pull_id, night, source, entity, name, rows, nulls, offered, offered_nulls
)
values (
    %(pull_id)s, %(night)s, %(source)s, %(entity)s, %(name)s, %(rows)s, %(nulls)s, %(rows)s, %(nulls)s
)
