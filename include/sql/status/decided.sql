-- source, entity: text or null for any; most: int or null for all. Returns what a person decided of refused rows, the
-- newest first, with the rules of that time: keys and codes, never what a row holds. A decision ends with the row.
select
    source,
    entity,
    source_key,
    decision,
    reason,
    rules,
    staff,
    decided_on
from quarantine.decision
where
    (%(source)s::text is null or source = %(source)s)
    and (%(entity)s::text is null or entity = %(entity)s)
order by decided_on desc, source, entity, source_key
limit %(most)s
