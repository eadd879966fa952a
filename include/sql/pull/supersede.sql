-- source, pull_id. Ends the source's other open pulls: staging is the source's, and holds this pull's rows from now on.
-- Returns their pull_id and night.
update staging.pull
set state = 'refused', changed_at = now()
where source = %(source)s and pull_id <> %(pull_id)s and state not in ('recounted', 'refused')
returning pull_id, night
