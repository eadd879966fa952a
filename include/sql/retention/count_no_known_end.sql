-- Returns the customers and persons that are kept because no end of their relationship is known.
select
    (
        select count(*) from staging.retention_relationship
        where state = 'no_known_end'
    ) as customers,
    (
        select count(*) from staging.retention_person
        where state = 'no_known_end'
    ) as persons
