-- For "was this plan approved?".
create index if not exists entry_plan on audit.entry (plan_checksum) where plan_checksum is not null;
