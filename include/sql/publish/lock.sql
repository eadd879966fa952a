-- Lets one publication at a time go on, until its transaction ends. ("publish" in ASCII.)
select pg_advisory_xact_lock(x'7075626c697368'::bigint)
