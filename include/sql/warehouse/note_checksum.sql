-- checksum: of the DDL files that were run again just now.
update register.schema_version
set checksum = %(checksum)s
