-- Makes the relation that the quality gate looks at: the checked rows that no tombstone keeps out, with what
-- one row alone does not tell. What leaves out the suppressed is not there where there are none.
create view {gate} as
select -- noqa: LT09
    checked.*{found}
from {checked} as checked
{joins} -- noqa: ST11
{but_suppressed}
