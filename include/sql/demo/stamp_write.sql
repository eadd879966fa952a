-- Record what was loaded: seed, customers, as_of (the demo's frozen date), version (hash of data and code); returns
-- nothing.
insert into demo.loaded (seed, customers, as_of, version)
values (%(seed)s, %(customers)s, %(as_of)s, %(version)s)
