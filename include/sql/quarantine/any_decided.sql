-- source, entity. Returns whether a person decided on any row of an entity.
select exists(select from quarantine.decision where source = %(source)s and entity = %(entity)s)
