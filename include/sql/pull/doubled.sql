-- Lists hashes of the keys that more than one arrived row has; a few others may be among them.
insert into {doubled} (hash)
select hashtextextended(source_key, 0) as hash
from {raw}
where source_key is not null
group by 1
having count(*) > 1
