-- Sets apart the rows that break a rule, each with the rules that it breaks. Makes a table, as only that may be read by
-- several processes at once; the few rows of it are then refused.
create unlogged table {set_apart} as
select
    _row,
    array_remove(array[{broken}]::text[], null) as rules
from {gate}
where {any_broken}
