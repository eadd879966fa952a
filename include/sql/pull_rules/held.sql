-- source, entity. Returns by column the rows and nulls that the last merge left in the register, and its newest moment.
with last as (
    select column_night.pull_id
    from quarantine.column_night as column_night
    where column_night.source = %(source)s and column_night.entity = %(entity)s and column_night.merged
    order by column_night.noted desc
    limit 1
)

select
    noted.name,
    noted.rows,
    noted.nulls,
    noted.newest
from last
inner join quarantine.column_night as noted on last.pull_id = noted.pull_id
where noted.entity = %(entity)s and noted.merged
order by noted.noted
