-- night: date or null; kind, source, staff: text or null for any; most: int. Returns the entries of the evidence, the
-- newest first: as they are held, whether that is as they were written or not.
select
    seq,
    at as recorded,
    kind::text,
    pull_id,
    night,
    source::text,
    entity::text,
    rule::text,
    column_name::text as "column",
    staff::text,
    plan_checksum::text,
    numbers::jsonb
from audit.entry
where
    (%(night)s::date is null or night = %(night)s)
    and (%(kind)s::text is null or kind::text = %(kind)s)
    and (%(source)s::text is null or source = %(source)s)
    and (%(staff)s::text is null or staff = %(staff)s)
order by seq desc
limit %(most)s
