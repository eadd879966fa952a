-- pull_id, entity. Returns how many of the rows that arrived are new or changed; null where none were compared.
select fresh
from staging.arrival
where pull_id = %(pull_id)s and entity = %(entity)s
