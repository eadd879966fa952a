-- A part of a statement: the consents as the register has them. One that is gone at its source, whose newest version
-- was refused, or that is kept as evidence only, is none; that it was taken back still counts.
select
    known.source,
    known.source_key,
    known.person_key,
    known.country,
    known.valid_from,
    known.valid_to,
    known.withdrawn_at,
    num_nonnulls(known.vanished_pull, known.kept_rule, known.restricted_ground) > 0 as is_none
from register.transfer_consent as known
where known.country in (select outside.country from {outside} as outside)
