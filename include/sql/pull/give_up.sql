-- source, run_id: of a DAG run that failed. Notes that nobody works on its pull any more, so that the plan does not
-- wait for it (pull/under_way). How far it came stays: a cleared task goes on from there.
-- Returns pull_id and night; no row where the pull had come to its end, or was given up before.
update staging.pull
set changed_at = '-infinity'
where
    source = %(source)s and run_id = %(run_id)s
    and state not in ('recounted', 'refused') and changed_at > '-infinity'
returning pull_id, night
