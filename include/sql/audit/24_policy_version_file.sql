-- For the versions of a file.
create index if not exists policy_version_file on audit.policy_version (file, version_id);
