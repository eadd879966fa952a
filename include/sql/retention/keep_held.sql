-- Keeps what is under a legal hold.
update staging.retention_verdict as verdict
set
    action = 'keep',
    ground = 'legal_hold',
    until = nullif(held.until, 'infinity')
from staging.retention_held as held
where
    verdict.action = 'erase'
    and verdict.entity = held.entity and verdict.source = held.source and verdict.source_key = held.source_key
    and (held.by_case or verdict.entity <> 'recording')
