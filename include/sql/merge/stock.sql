-- source, entity. Returns the rows that register and quarantine hold of a source's entity.
select
    (select count(*) from {register} where source = %(source)s) as register,
    (select count(*) from quarantine.row where source = %(source)s and entity = %(entity)s) as quarantine
