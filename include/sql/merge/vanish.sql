-- source, pull_id. Marks the held rows that are gone at the source; marks, never removes (design rule 7).
update {register} as known
set vanished_pull = %(pull_id)s
from {vanished} as gone
where known.source = %(source)s and known.source_key = gone.source_key and known.vanished_pull is null
