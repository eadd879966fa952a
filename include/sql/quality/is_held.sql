-- source. Returns whether the register holds any row of an entity from a source.
select exists(select from {register} where source = %(source)s)
