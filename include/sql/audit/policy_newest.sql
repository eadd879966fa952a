-- Returns the newest version of each policy file: file and sha256.
select distinct on (file)
    file::text,
    sha256::text
from audit.policy_version
order by file, version_id desc;
