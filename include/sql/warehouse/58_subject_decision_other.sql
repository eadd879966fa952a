-- Finds the decisions on a record that is the second of a pair.
create index if not exists subject_decision_other on register.subject_decision (other_source, other_entity, other_key)
