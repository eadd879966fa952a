-- source. Returns how many rows the register holds of an entity that have not vanished.
select count(*)
from {register}
where source = %(source)s and vanished_pull is null
