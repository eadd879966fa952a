-- pull_id. Takes away what stood for a pull while rows were judged again: nothing was read from the source.
with arrived as (
    delete from staging.arrival
    where pull_id = %(pull_id)s
)

delete from staging.pull
where pull_id = %(pull_id)s
