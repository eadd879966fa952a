-- Returns the arrived rows; those of one key are counted and numbered. One that is too long to be a key is none.
select
    hashed.*,
    count(*) over (partition by hashed.source_key) as copies,
    row_number() over (partition by hashed.source_key, hashed.content_hash order by hashed._row) as copy
from (
    select
        raw._row,
        {usable_key} as source_key,
        {content_hash} as content_hash
    from {raw} as raw
) as hashed
