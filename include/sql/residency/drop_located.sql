-- Drops the verdicts on the distinct locations.
drop table {located}
