-- file: text, null for all. Returns the versions of the policy files, the newest first.
select
    version_id,
    file::text,
    noted_at,
    night,
    staff::text,
    sha256::text,
    content,
    version_id = min(version_id) over (partition by file) as first
from audit.policy_version
where %(file)s::text is null or file = %(file)s
order by version_id desc
