-- night, since: dates. Returns what each rule found on each night of the time, by the source's newest pull of that
-- night: only rules that refused something then, or that a pull broke: one on the whole pull may hold though some rows
-- break it, and has found nothing then. entity_looked_on: the last night on which the gate looked at the entity with a
-- rule of this level: where one on the whole pull stops it, no row is looked at.
with newest as (
    select distinct on (history.source, history.entity, history.gate, history.rule, history.night)
        history.source,
        history.entity,
        history.gate,
        history.rule,
        history.level,
        history.severity,
        history.night,
        history.pull_id,
        history.evaluated,
        case
            when history.level = 'row' or history.stopped or history.told <> '' then history.refused
            else 0
        end as found,
        history.stopped,
        history.told
    from quarantine.gate_night as history
    left join staging.pull on history.pull_id = pull.pull_id
    where history.night between %(since)s and %(night)s
    order by
        history.source asc, history.entity asc, history.gate asc, history.rule asc, history.night asc,
        pull.started_at desc nulls last
),

telling as (
    select
        *,
        bool_or(found > 0 or stopped) over (partition by source, entity, gate, rule) as tells,
        max(night) over (partition by source, entity, gate, level) as entity_looked_on
    from newest
)

select
    source,
    entity,
    gate,
    rule,
    level,
    severity,
    night,
    pull_id,
    evaluated,
    found as refused,
    stopped,
    told,
    entity_looked_on
from telling
where tells
order by source asc, entity asc, gate asc, rule asc, night asc
