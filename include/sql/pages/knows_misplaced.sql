-- Returns whether the warehouse lists what is held outside the EU/EEA without a consent, and the night of the newest
-- plan: each looks for it anew.
select
    to_regclass('register.misplaced') is not null and to_regclass('register.misplaced_source') is not null as known,
    (
        select max(night)
        from register.erasure_plan
    ) as looked_on
