-- Returns whether records are to be looked at, and the checksum of the rules by which the links were made.
select
    exists(select from register.subject_touched) as touched,
    (select fingerprint from register.subject_state) as fingerprint
