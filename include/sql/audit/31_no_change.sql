-- Row by row, so that logical replication's changes are refused as well.
create or replace trigger no_change
before update or delete on audit.entry
for each row execute function audit.refuse();
