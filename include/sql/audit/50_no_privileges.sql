-- The owner itself keeps no right to change; it can read, and insert for audit.record.
revoke update, delete, truncate on audit.entry from audit_owner, public;
