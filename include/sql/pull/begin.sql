-- pull_id, source, night, run_id, rules_version, full_asked: boolean, accepted: array of text. Opens a pull, or the
-- same run's pull anew; returns its id.
insert into staging.pull as known (pull_id, source, night, run_id, rules_version, full_asked, accepted)
values (
    %(pull_id)s, %(source)s, %(night)s, %(run_id)s, %(rules_version)s, %(full_asked)s, %(accepted)s
)
on conflict (source, run_id) do update
    set
        state = 'started', night = excluded.night, rules_version = excluded.rules_version,
        full_asked = excluded.full_asked, accepted = excluded.accepted, started_at = now(), changed_at = now()
returning known.pull_id
