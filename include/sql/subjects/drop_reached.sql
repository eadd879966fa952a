-- Drops the work table.
drop table staging.subject_reached
