-- Drops the work table of the quarantined rows' identifiers.
drop table staging.quarantine_identifier
