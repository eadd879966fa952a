-- entity. Builds the indexes that were dropped for its first load.
select register.build_indexes(%(entity)s)
