-- Tables of a source that were last noted as not being there. source.
select latest.table_name
from (
    select distinct on (table_name)
        table_name,
        what
    from staging.source_change
    where source = %(source)s and what in ('new_table', 'dropped_table')
    order by table_name, change_id desc
) as latest
where latest.what = 'dropped_table'
