-- name, ended_on. Ends a hold: the day before is its last.
update register.legal_hold
set held_until = %(ended_on)s::date - 1
where name = %(name)s and (held_until is null or held_until >= %(ended_on)s)
