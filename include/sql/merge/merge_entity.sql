-- source, pull_id. Merges the rows that passed both gates into one entity of the register, by source and key.
-- Returns how many rows are new, how many differ from what was held, and how many were looked at and are the same.
-- The linter cannot read a merge inside a CTE:
-- noqa: disable=all
with accepted as (
    select checked.*
    from {checked} as checked
    where
        not exists (select from {refused} as refused where checked._row = refused._row)
        and not exists (select from {suppressed} as suppressed where checked._row = suppressed._row)
),

merged as (
    merge into {register} as known
    using accepted
        on known.source = %(source)s and known.source_key = accepted.source_key
    when matched then update set
    {assignments},
    content_hash = accepted.content_hash,
    changed_pull = case
        when ({known}) is distinct from ({accepted}) then %(pull_id)s else known.changed_pull
    end,
    kept_rule = null,
    vanished_pull = null
    when not matched then insert (
        source, source_key, {columns}, content_hash, first_pull, changed_pull
    )
    values (
        %(source)s, accepted.source_key, {accepted}, accepted.content_hash, %(pull_id)s, %(pull_id)s
    )
    returning merge_action() as action, ({old}) is distinct from ({new}) as differs
)

select
    count(*) filter (where action = 'INSERT') as inserted,
    count(*) filter (where action = 'UPDATE' and differs) as updated,
    count(*) filter (where action = 'UPDATE' and not differs) as same
from merged
