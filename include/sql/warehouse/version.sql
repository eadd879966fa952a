-- The warehouse's version: its revision and the checksum of what is run again; no row before it is noted.
select
    version_num,
    checksum
from register.schema_version
