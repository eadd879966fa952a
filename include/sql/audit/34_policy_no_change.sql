-- The versions of the policies are as append-only as the entries.
create or replace trigger no_change
before update or delete on audit.policy_version
for each row execute function audit.refuse();
