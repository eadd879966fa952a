-- keys: integer. Returns, by gate and rule, how many rows it refuses and the first keys of them; never a value.
select
    refused.gate,
    rule,
    count(*) as refused,
    (array_agg(coalesce(checked.source_key, '(no key)') order by checked.source_key))[:%(keys)s] as keys
from {refused} as refused
inner join {checked} as checked on refused._row = checked._row
cross join lateral unnest(refused.rules) as rule
group by refused.gate, rule
order by refused desc, rule
