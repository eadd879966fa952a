-- Returns whether so many records were touched that it is quicker to look at all.
select (select count(*) from staging.subject_key) * 10 > (select count(*) from register.subject_identifier) as much
