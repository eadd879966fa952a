-- name, source, entity, source_key, reason, staff, held_from, held_until. Places a hold, or changes its end.
insert into register.legal_hold (name, source, entity, source_key, reason, staff, held_from, held_until)
values (
    %(name)s, %(source)s, %(entity)s, %(source_key)s, %(reason)s, %(staff)s, %(held_from)s, %(held_until)s
)
on conflict (name, source, entity, source_key) do update set
    reason = excluded.reason,
    staff = excluded.staff,
    held_until = excluded.held_until
