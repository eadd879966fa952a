-- source, run_id: of a DAG run that failed. Notes that its pull has ended without a merge that was recounted, so that
-- nothing waits for it; a cleared run takes it up again. Returns pull_id and night; no row where none is open.
update staging.pull
set state = 'refused', changed_at = now()
where source = %(source)s and run_id = %(run_id)s and state not in ('recounted', 'refused')
returning pull_id, night
