-- The last day that a debt can be claimed (728/2003 §§ 4, 10, 11, 13): the period after the due date or the last
-- interruption, and after a judgment its own period, which an interruption restarts too.
create or replace function register.debt_until(
    due_on date, interrupted_on date, judgment_on date, period interval, after_judgment interval
) returns date
language sql immutable parallel safe
as $body$
    select greatest(
        (greatest(due_on, interrupted_on) + period)::date,
        case when judgment_on is not null then (greatest(judgment_on, interrupted_on) + after_judgment)::date end
    )
$body$
