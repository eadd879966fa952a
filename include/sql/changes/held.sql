-- source: text. Sets apart the held rows that are in the buckets that differ, or whose key arrived from another one.
create unlogged table {held} as
select
    known.source,
    known.source_key,
    known.content_hash,
    known.kept_rule,
    known.vanished_pull
from {register} as known
where
    known.source = {source}
    and (
        {known_in_scope}
        or known.source_key in (select raw.source_key from {raw} as raw where not {raw_in_scope})
    )
