-- domain, key_version; subjects: uuid[], pseudonyms: text[] of the same length. Adds those that are not there yet
-- (another run at the same time gives the same ones).
insert into vault.pseudonym (domain, key_version, subject_id, pseudonym)
select
    %(domain)s,
    %(key_version)s,
    made.subject_id,
    made.pseudonym
from unnest(%(subjects)s::uuid[], %(pseudonyms)s::text[]) as made (subject_id, pseudonym)
on conflict (domain, key_version, subject_id) do nothing
