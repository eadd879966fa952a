-- Finds the nights of a rule.
create index if not exists gate_night_night on quarantine.gate_night (source, entity, rule, night)
