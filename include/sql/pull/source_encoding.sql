-- Run at a PostgreSQL source. Returns its encoding and how many bytes a character has at most.
select
    getdatabaseencoding() as encoding,
    pg_encoding_max_length(encoding) as width
from pg_catalog.pg_database
where datname = current_database()
