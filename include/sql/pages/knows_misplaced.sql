-- Returns whether the warehouse lists what is held outside the EU/EEA without a consent.
select to_regclass('register.misplaced') is not null and to_regclass('register.misplaced_source') is not null as known
