-- Returns each night that had a pull, the newest first: its sources, when one of them last got further, and whether
-- somebody still works on one; what has stood for longer than any run may take was given up.
with looked as (
    select
        night,
        source,
        nullif(changed_at, '-infinity') as changed_at,
        state not in ('merged', 'recounted', 'refused') and changed_at > now() - interval '12 hours' as worked_on
    from staging.pull
    union all
    select
        night,
        source,
        null,
        false
    from quarantine.gate_night
)

select
    night,
    array_agg(distinct source order by source) as sources,
    max(changed_at) as changed_at,
    bool_or(worked_on) as worked_on
from looked
group by night
order by night desc
