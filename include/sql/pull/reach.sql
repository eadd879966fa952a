-- pull_id, state. Notes how far the pull has come.
update staging.pull
set state = %(state)s, changed_at = now()
where pull_id = %(pull_id)s
