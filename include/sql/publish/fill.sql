-- Fills a version of an analyst table with the rows whose group is about k subjects or more, in an order that tells
-- nothing of the source's. k; table; columns: of the analysts; subject: the column of the subject;
-- rows: the SELECT of all rows; judged: the SELECT over ``usable`` that says about how many subjects a group is.
-- Returns offered, rows, left_out_due, left_out_small, and nameless: usable rows whose subject has no pseudonym.
with offered as materialized (
    {rows}
),

usable as (
    select {columns} from offered
    where not left_out
),

judged as materialized (
    {judged}
),

filled as (
    insert into {table} ({columns})
    select {columns} from judged
    where subjects >= %(k)s
    order by {columns}
    returning 1
)

select
    (select count(*) from offered) as offered,
    (select count(*) from filled) as rows,
    (select count(*) from offered where left_out) as left_out_due,
    (select count(*) from judged where subjects < %(k)s) as left_out_small,
    (select count(*) from usable where {subject} is null) as nameless
