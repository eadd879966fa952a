-- Lets one process at a time plan or erase, until its transaction ends.
select pg_advisory_xact_lock(hashtextextended('rekisteri erasure', 0))
