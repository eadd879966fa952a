-- Drops the work table.
drop table staging.erasure_identifier
