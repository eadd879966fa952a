-- source; wanted: text[], of the records' relation. Returns what of the records of one source leads on.
select known.*
from ({records}) as known
where known.source = %(source)s
