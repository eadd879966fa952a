-- gate: text. Refuses the rows that break a rule, each with the rules that it breaks.
insert into {refused} as known (_row, gate, rules)
select
    _row,
    %(gate)s as gate,
    array_remove(array[{broken}]::text[], null) as rules
from {gate}
where {any_broken}
on conflict (_row) do nothing
