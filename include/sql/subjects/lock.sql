-- Lets one process at a time say who is who, until its transaction ends.
select pg_advisory_xact_lock(hashtextextended('rekisteri subjects', 0))
