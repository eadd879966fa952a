-- checksum, night. Notes on the plan's items what is done now.
update register.erasure_item as item
set done_on = %(night)s
from staging.retention_verdict as verdict
where
    item.checksum = %(checksum)s
    and item.entity = verdict.entity and item.source = verdict.source and item.source_key = verdict.source_key
