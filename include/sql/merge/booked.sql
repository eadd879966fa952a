-- pull_id. Returns, from the evidence, the stocks that the merge left by entity.
select
    entity,
    (numbers ->> 'register_after')::bigint as register,
    (numbers ->> 'quarantine_after')::bigint as quarantine
from audit.entry
where kind = 'books' and pull_id = %(pull_id)s
order by seq
