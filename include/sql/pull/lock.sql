-- source. Takes the source's lock for this session.
select pg_advisory_lock(hashtextextended('rekisteri pull ' || %(source)s, 0))
