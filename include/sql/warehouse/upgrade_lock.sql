-- One upgrade at a time, until its transaction ends; "warehouse" in ASCII, cut to eight bytes.
select pg_advisory_xact_lock(x'77617265686f7573'::bigint)
