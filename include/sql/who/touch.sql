-- source, entity, source_key, other_source, other_entity, other_key. Lets who is who look at two records again.
insert into register.subject_touched (source, entity, source_key)
values
(%(source)s, %(entity)s, %(source_key)s),
(%(other_source)s, %(other_entity)s, %(other_key)s)
