-- Returns the arrived rows, each of which has a key of its own; one that is too long to be a key is none. offset 0: the
-- hash is reckoned once, not wherever it is looked at.
select
    raw._row,
    {usable_key} as source_key,
    {content_hash} as content_hash,
    1 as copies,
    1 as copy
from {raw} as raw
offset 0 -- noqa: AM09
