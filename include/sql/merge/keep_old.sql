-- source. Flags the held rows whose newest version a gate refused; they keep the last sound version.
update {register} as known
set kept_rule = refused.rules[1]
from {refused} as refused
inner join {checked} as checked on refused._row = checked._row
where
    known.source = %(source)s and checked.source_key = known.source_key
    and known.kept_rule is distinct from refused.rules[1]
