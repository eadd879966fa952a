-- checksum, night, key_version; review: interval; formats: text[]; tokens: bytea[]. Leaves tombstones for identifiers.
insert into vault.identifier_tombstone (key_version, format, token, plan, erased_on, review_on)
select
    %(key_version)s,
    given.format,
    given.token,
    %(checksum)s,
    %(night)s,
    (%(night)s::date + %(review)s::interval)::date
from unnest(%(formats)s::text[], %(tokens)s::bytea[]) as given (format, token)
on conflict (key_version, format, token) do update set
    plan = excluded.plan,
    erased_on = excluded.erased_on,
    review_on = excluded.review_on
