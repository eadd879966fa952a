-- source. Ends the source's pulls that were left with rows in staging. Returns their pull_id and night.
update staging.pull
set state = 'refused', changed_at = now()
where source = %(source)s and state in ('extracted', 'conformed', 'checked', 'located', 'merged')
returning pull_id, night
