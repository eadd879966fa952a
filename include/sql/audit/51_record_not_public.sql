-- A new function may be executed by everyone until this is taken away.
revoke execute on function audit.record from public;
