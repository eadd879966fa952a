-- file, checksum, night, staff, content. Notes a version of a policy file.
insert into audit.policy_version (file, sha256, night, staff, content)
values (%(file)s, %(checksum)s, %(night)s, %(staff)s, %(content)s);
