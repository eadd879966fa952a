-- Makes the conformed, typed form of the rows to be looked at; beside a value, whether anything was given.
create unlogged table {checked} as
select
    raw._row,
    compared.source_key,
    compared.content_hash,
    compared.copies,
    {expressions}
from {raw} as raw
inner join {compared} as compared on raw._row = compared._row
{mappings}
where compared.fate in ('fresh', 'waiting')
