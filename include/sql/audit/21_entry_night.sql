-- For the status of a night.
create index if not exists entry_night on audit.entry (night, kind);
