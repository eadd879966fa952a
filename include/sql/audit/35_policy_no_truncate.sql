-- Truncation fires no row trigger; it has its own.
create or replace trigger no_truncate
before truncate on audit.policy_version
for each statement execute function audit.refuse();
