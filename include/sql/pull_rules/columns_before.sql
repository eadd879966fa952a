-- source, entity; nights: int. Returns by column, newest night first, the rows and nulls that the source offered, of
-- the last merged pull of each of so many nights.
with nights as (
    select distinct on (column_night.night)
        column_night.night,
        column_night.pull_id
    from quarantine.column_night as column_night
    where column_night.source = %(source)s and column_night.entity = %(entity)s and column_night.merged
    order by column_night.night desc, column_night.noted desc
    limit %(nights)s
)

select
    noted.name,
    noted.offered,
    noted.offered_nulls
from nights
inner join quarantine.column_night as noted on nights.pull_id = noted.pull_id
where noted.entity = %(entity)s and noted.merged
order by noted.name, nights.night desc
