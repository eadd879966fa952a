-- Makes the conformed, typed form of the rows to be looked at; beside a value, whether anything was given.
create unlogged table {checked} as
select
    raw._row,
    raw.source_key,
    {content_hash} as content_hash,
    {copies} as copies,
    {expressions}
from {raw} as raw
{only_these}
{mappings}
