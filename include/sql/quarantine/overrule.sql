-- source, entity. Takes out of the refused rows those that a person let in: the same row, refused by no rule that the
-- person did not overrule.
delete from {refused} as refused
using quarantine.decision as decided, {raw} as raw -- noqa: AL05
where
    decided.source = %(source)s and decided.entity = %(entity)s and decided.decision = 'release'
    and raw.source_key = decided.source_key and refused._row = raw._row
    and refused.gate = 'quality' and refused.rules <@ decided.rules
    and decided.digest = sha256(convert_to(({content})::text, 'UTF8'))
