-- gate: text. Returns rule and rows refused by it.
select
    rule,
    count(*) as refused
from {refused} as refused
cross join lateral unnest(refused.rules) as rule
where refused.gate = %(gate)s
group by rule
