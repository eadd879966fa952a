-- Returns how many rows are as the register holds them, and how many an earlier erasure, a tombstone, keeps out.
select
    (select count(*) from {compared} where fate = 'unchanged') as unchanged,
    (select count(*) from {compared} where fate = 'suppressed') + (select count(*) from {suppressed}) as suppressed,
    (select count(*) from {refused}) as refused
