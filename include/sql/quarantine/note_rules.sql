-- Notes by which rules the rows that were judged again are refused now.
update quarantine.row as held
set gate = refused.gate, rules = refused.rules
from {refused} as refused
where held.quarantine_id = refused._row and (held.gate, held.rules) is distinct from (refused.gate, refused.rules)
