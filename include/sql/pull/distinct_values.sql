-- format: text. Returns the distinct values of one column in the rows to be looked at.
select distinct
    %(format)s::text as format,
    raw.{column} as raw
from {raw} as raw
inner join {compared} as compared on raw._row = compared._row
where compared.fate in ('fresh', 'waiting') and raw.{column} <> ''
