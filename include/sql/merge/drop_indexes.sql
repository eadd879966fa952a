-- entity. Drops the indexes of an entity that holds no row yet.
select register.drop_indexes(%(entity)s)
