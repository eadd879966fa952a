-- Returns how many rows of the pull are refused, and how many are suppressed.
select
    (select count(*) from {refused}) as refused,
    (select count(*) from {suppressed}) as suppressed
