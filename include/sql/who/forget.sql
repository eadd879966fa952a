-- source, entity, source_key, other_source, other_entity, other_key. Takes back what was decided of two records, in
-- whichever order they are named. Returns the decision.
delete from register.subject_decision
where
    (source, entity, source_key, other_source, other_entity, other_key) in (
        (%(source)s, %(entity)s, %(source_key)s, %(other_source)s, %(other_entity)s, %(other_key)s),
        (%(other_source)s, %(other_entity)s, %(other_key)s, %(source)s, %(entity)s, %(source_key)s)
    )
returning decision
