-- Notes one change in a source's tables; the parameters are named as the columns.
insert into staging.source_change (
    source, table_name, column_name, what, type_before, type_now, looks_like, used_by, last_read_on, noted_on, pull_id
)
values (
    %(source)s, %(table_name)s, %(column_name)s, %(what)s, %(type_before)s, %(type_now)s, %(looks_like)s,
    %(used_by)s, %(last_read_on)s, %(noted_on)s, %(pull_id)s
)
