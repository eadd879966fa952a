-- Drops the list of the records that were erased.
drop table staging.erased_key
