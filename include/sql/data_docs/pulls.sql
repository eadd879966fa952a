-- nights: how many the Data Docs keep. Returns the pulls of so many nights, back from the newest night that came to its
-- end as prune.sql is given it, those of which a validation is kept still, and each source's newest, of whatever night;
-- the newest first. kept: it is more than a source's newest, so it has a page. stopped_by: the rules that stopped it.
with ranked as (
    select
        pulled.pull_id,
        pulled.source,
        pulled.night,
        pulled.started_at,
        pulled.state in ('merged', 'recounted') as merged,
        pulled.accepted,
        row_number() over (partition by pulled.source order by pulled.night desc, pulled.started_at desc) = 1 as newest,
        pulled.night > coalesce(
            max(pulled.night) filter (where pulled.state = 'recounted') over (), pulled.night
        ) - %(nights)s
        or exists (select from quarantine.validation as judged where judged.pull_id = pulled.pull_id) as kept
    from staging.pull as pulled
)

select
    pull_id,
    source,
    night,
    started_at,
    merged,
    accepted,
    newest,
    kept,
    array(
        select history.entity || ' ' || history.rule
        from quarantine.gate_night as history
        where history.pull_id = ranked.pull_id and history.stopped
        order by history.entity, history.rule
    ) as stopped_by
from ranked
where newest or kept
order by night desc, started_at desc, source asc
