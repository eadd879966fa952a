-- Always: also in a session that calls itself a replica. Runs at each preparation, so it mends disabled triggers.
alter table audit.entry
enable always trigger no_change,
enable always trigger no_truncate;
