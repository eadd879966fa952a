-- Drops the work tables.
drop table
staging.retention_invoice,
staging.retention_relationship,
staging.retention_tie,
staging.retention_person,
staging.retention_held,
staging.retention_verdict
