-- source. A part of a statement: the consents as the register has them, of the source that is being pulled as the pull
-- brought them. One that is gone at its source, whose newest version was refused, or that is kept as evidence only, is
-- none; that it was taken back still counts.
select
    known.source,
    known.source_key,
    known.person_key,
    known.country,
    known.valid_from,
    known.valid_to,
    known.withdrawn_at,
    (
        num_nonnulls(known.vanished_pull, known.kept_rule, known.restricted_ground) > 0
        or known.source = %(source)s
        and known.source_key in (select gone.source_key from {vanished} as gone)
    ) as is_none
from register.transfer_consent as known
where
    known.country in (select outside.country from {outside} as outside)
    and (
        known.source <> %(source)s
        or not exists (select from {checked} as newer where newer.source_key = known.source_key)
    )
union all
select
    %(source)s::text as source,
    known.source_key,
    known.person_key,
    known.country,
    known.valid_from,
    known.valid_to,
    known.withdrawn_at,
    known._row in (select refused._row from {refused} as refused) as is_none
from {checked} as known
where
    known.country in (select outside.country from {outside} as outside)
    and not exists (select from {suppressed} as suppressed where suppressed._row = known._row)
