-- rule: text. Refuses the rows whose location is not inside the EU/EEA; a location without a verdict is outside.
insert into {refused} as known (_row, gate, rules)
select
    gate._row,
    'residency' as gate,
    array[%(rule)s]::text[] as rules
from {gate} as gate
left join {located} as located
    on
        {provider} is not distinct from located.provider
        and gate.{column} is not distinct from located.raw
where
    ({provider} is not null or gate.{column} is not null)
    and located.inside is not true
on conflict (_row) do update
    set rules = known.rules || excluded.rules
    where known.gate = 'residency'
