-- Lets one process at a time note the policies, until its transaction ends.
select pg_advisory_xact_lock(hashtextextended('rekisteri policy', 0));
