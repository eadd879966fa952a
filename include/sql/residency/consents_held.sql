-- A part of a statement: the consents as the register has them. One that is gone at its source, whose newest version
-- was refused, or that is kept as evidence only, is none.
select
    known.source,
    known.source_key,
    known.person_key,
    known.country,
    known.valid_from,
    known.valid_to,
    known.withdrawn_at
from register.transfer_consent as known
where
    known.vanished_pull is null and known.kept_rule is null and known.restricted_ground is null
    and known.country in (select outside.country from {outside} as outside)
