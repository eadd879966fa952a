-- The owner itself keeps no right to change.
revoke update, delete, truncate on audit.policy_version from audit_owner, public;
