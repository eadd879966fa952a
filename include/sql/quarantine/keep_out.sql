-- source, entity. Refuses the rows that a person rejected, whatever the rules say now.
with rejected as (
    select
        source_key,
        digest
    from quarantine.decision
    where source = %(source)s and entity = %(entity)s and decision = 'reject'
),

candidate as (
    select
        raw._row,
        rejected.digest
    from rejected
    inner join {raw} as raw on rejected.source_key = raw.source_key
    union all
    select
        keyless._row,
        rejected.digest
    from rejected
    inner join {checked} as keyless on keyless.source_key is null
    where rejected.source_key is null
)

insert into {refused} (_row, gate, rules)
select distinct
    raw._row,
    'quality' as gate,
    array['rejected'] as rules
from candidate
inner join {checked} as checked on candidate._row = checked._row
inner join {raw} as raw on candidate._row = raw._row
where candidate.digest = sha256(convert_to(({content})::text, 'UTF8'))
on conflict (_row) do nothing
