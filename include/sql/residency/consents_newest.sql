-- source. A part of a statement: the consents as the register has them, of the source that is being pulled as the pull
-- brought them. One that is gone at its source, whose newest version was refused, or that is kept as evidence only, is
-- none.
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
    and (
        known.source <> %(source)s
        or not (
            exists (select from {checked} as newer where newer.source_key = known.source_key)
            or exists (select from {vanished} as gone where gone.source_key = known.source_key)
        )
    )
union all
select
    %(source)s::text as source,
    known.source_key,
    known.person_key,
    known.country,
    known.valid_from,
    known.valid_to,
    known.withdrawn_at
from {checked} as known
where
    known.country in (select outside.country from {outside} as outside)
    and not exists (select from {refused} as refused where refused._row = known._row)
    and not exists (select from {suppressed} as suppressed where suppressed._row = known._row)
