-- source. Takes back the mark of the vanished rows whose record arrived again and was not merged.
update {register} as known
set vanished_pull = null
from {compared} as arrived
where
    arrived.was_vanished and arrived.fate in ('fresh', 'waiting')
    and known.source = %(source)s and arrived.source_key = known.source_key and known.vanished_pull is not null
