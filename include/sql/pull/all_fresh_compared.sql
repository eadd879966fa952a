-- Makes the comparison of an entity of which nothing was known: each row is fresh, and the only one of its key.
create view {compared} as
select
    _row,
    source_key,
    1 as copy,
    copies,
    content_hash,
    false as was_vanished,
    'fresh'::text as fate
from {checked}
