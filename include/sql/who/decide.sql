-- source, entity, source_key, other_source, other_entity, other_key; decision, reason, staff, decided_on. Notes what
-- was decided of two records, in place of an earlier decision.
with pair as (
    select
        array[%(source)s, %(entity)s, %(source_key)s]::text[] as one,
        array[%(other_source)s, %(other_entity)s, %(other_key)s]::text[] as other
),

ordered as (
    select
        least(one, other) as first,
        greatest(one, other) as second
    from pair
)

insert into register.subject_decision (
    source, entity, source_key, other_source, other_entity, other_key, decision, reason, staff, decided_on
)
select
    first[1],
    first[2],
    first[3],
    second[1],
    second[2],
    second[3],
    %(decision)s,
    %(reason)s,
    %(staff)s,
    %(decided_on)s
from ordered
on conflict (source, entity, source_key, other_source, other_entity, other_key) do update set
    decision = excluded.decision,
    reason = excluded.reason,
    staff = excluded.staff,
    decided_on = excluded.decided_on
