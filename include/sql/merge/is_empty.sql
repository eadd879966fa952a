-- Returns whether an entity of the register holds no row of any source.
select not exists (select from {register})
