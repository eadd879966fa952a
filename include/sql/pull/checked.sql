-- Makes the conformed, typed form of the rows to be looked at; beside a value, whether anything was given. A row whose
-- key is too long to be one has none from here on.
create unlogged table {checked} as
select
    raw._row,
    {usable_key} as source_key,
    case when {usable_key} is null and raw.source_key is not null then 'too_many_bytes' end as source_key__oversized,
    {content_hash} as content_hash,
    {copies} as copies,
    {expressions}
from {raw} as raw
{only_these}
{mappings}
