-- Return seed, customers, as_of and version of what was loaded into this demo source.
select
    seed,
    customers,
    as_of,
    version
from demo.loaded
