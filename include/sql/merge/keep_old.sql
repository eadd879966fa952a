-- source. Flags the held rows whose newest version the quality gate refused; they keep the last sound version.
update {register} as known
set kept_rule = refused.rules[1]
from {refused} as refused
inner join {checked} as checked on refused._row = checked._row
where
    refused.gate = 'quality'
    and known.source = %(source)s and checked.source_key = known.source_key
    and known.kept_rule is distinct from refused.rules[1]
