-- pull_id. Returns the pull's id, source, night, rules version, state, and what was asked of it.
select
    pull_id,
    source,
    night,
    rules_version,
    state,
    full_asked,
    accepted
from staging.pull
where pull_id = %(pull_id)s::uuid
