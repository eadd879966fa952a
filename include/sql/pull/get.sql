-- pull_id. Returns the pull's id, source, night, rules version and state.
select
    pull_id,
    source,
    night,
    rules_version,
    state
from staging.pull
where pull_id = %(pull_id)s::uuid
