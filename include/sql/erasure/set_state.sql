-- checksum, state. Sets a plan's state.
update register.erasure_plan
set state = %(state)s
where checksum = %(checksum)s
