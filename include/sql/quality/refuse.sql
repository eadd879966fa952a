-- gate: text. Refuses the rows that were found to break a rule.
insert into {refused} as known (_row, gate, rules)
select
    found._row,
    %(gate)s as gate,
    found.rules
from {set_apart} as found
on conflict (_row) do nothing
