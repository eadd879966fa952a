-- Drops the work tables of one column's texts.
drop table staging.quarantine_given, staging.quarantine_conformed
