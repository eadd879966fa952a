-- rule: text. Refuses the rows that lie outside the EU/EEA and are not there by consent.
insert into {refused} as known (_row, gate, rules)
select
    gate._row,
    'residency' as gate,
    array[%(rule)s]::text[] as rules
from {gate} as gate
inner join {outside} as outside on gate.source_key = outside.source_key
where not exists (select from {consented} as consented where consented.source_key = outside.source_key)
on conflict (_row) do update
    set rules = known.rules || excluded.rules
    where known.gate = 'residency'
