-- source. Returns what offered_nulls counted of the rows that a gate refused, after the merge that kept them out.
select
    count(*) - count(held.source_key) as rows,
    {counted}
from {refused} as refused
inner join {checked} as fresh on refused._row = fresh._row
left join {register} as held on held.source = %(source)s and fresh.source_key = held.source_key
where fresh.copies = 1 and fresh.source_key is not null
