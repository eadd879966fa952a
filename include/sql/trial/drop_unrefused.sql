-- Lets go of the refused rows that no rule refuses any more.
delete from {refused}
where cardinality(rules) = 0
