-- source. Returns how many of its pulls have rows in staging now and are at work (within two hours something happened).
select count(*)
from staging.pull
where
    source = %(source)s and state in ('extracted', 'conformed', 'checked', 'located', 'merged')
    and changed_at > now() - interval '2 hours'
