-- Always, as for the entries.
alter table audit.policy_version
enable always trigger no_change,
enable always trigger no_truncate;
