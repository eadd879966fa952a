-- rule: text. Takes a reference's rule off the refused rows whose parent lies beyond what was read: nobody can say
-- whether it is there. Returns a row for each.
update {refused} as refused
set rules = array_remove(refused.rules, %(rule)s)
from {checked} as checked
where
    refused._row = checked._row
    and %(rule)s = any(refused.rules)
    and not exists (select from {parent} as parent where parent.source_key = checked.{column})
returning refused._row
