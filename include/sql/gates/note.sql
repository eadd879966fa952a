-- pull_id, night, source, entity, gate, rule, level, severity, evaluated, refused, seconds, stopped, told. Keeps what
-- a rule found in a pull; of a step done again the last counts.
insert into quarantine.gate_night (
    pull_id, night, source, entity, gate, rule, level, severity, evaluated, refused, seconds, stopped, told
)
values (
    %(pull_id)s, %(night)s, %(source)s, %(entity)s, %(gate)s, %(rule)s, %(level)s, %(severity)s, %(evaluated)s,
    %(refused)s, %(seconds)s, %(stopped)s, nullif(%(told)s, '')
)
on conflict (pull_id, entity, gate, rule) do update set
    level = excluded.level,
    severity = excluded.severity,
    evaluated = excluded.evaluated,
    refused = excluded.refused,
    seconds = excluded.seconds,
    stopped = excluded.stopped,
    told = excluded.told
