-- The chain from entry `first` (null: all of it) in order: seq, the hashed fields as text, previous, hash.
-- Days and times are seconds since 1970, as in audit.record. Rows whose seq was emptied come first.
select
    seq,
    seq::text as seq_text,
    extract(epoch from at)::text as at,
    kind::text,
    pull_id::text,
    extract(epoch from night)::text as night,
    source::text,
    entity::text,
    rule::text,
    column_name::text,
    staff::text,
    plan_checksum::text,
    numbers::text,
    previous::bytea,
    hash::bytea
from audit.entry
where %(first)s::bigint is null or seq >= %(first)s::bigint
order by entry.seq nulls first;
