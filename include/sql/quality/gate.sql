-- Makes the relation that the quality gate looks at: the checked rows that no tombstone keeps out, with what
-- one row alone does not tell.
create view {gate} as
select -- noqa: LT09
    checked.*{found}
from {checked} as checked
{joins} -- noqa: ST11
where not exists (select from {suppressed} as suppressed where checked._row = suppressed._row)
