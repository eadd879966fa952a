-- table_name: an analyst table. Returns the number of its next version.
select coalesce(max(version), 0) + 1
from analytics.publication
where table_name = %(table_name)s
