-- The newest pull of each source: its night, whether it was merged, and the rules that stopped it.
with newest as (
    select distinct on (source)
        source,
        pull_id,
        night,
        state
    from staging.pull
    order by source asc, night desc, started_at desc
)

select
    newest.source,
    newest.pull_id,
    newest.night,
    newest.state in ('merged', 'recounted') as merged,
    (
        select array_agg(history.entity || ' ' || history.rule order by history.entity, history.rule)
        from quarantine.gate_night as history
        where history.pull_id = newest.pull_id and history.stopped
    ) as stopped_by
from newest
order by newest.source
