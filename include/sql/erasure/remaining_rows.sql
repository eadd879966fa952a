-- checksum, entity. Returns how many records of one entity that the plan erased are in the register.
select count(*) as remaining
from register.erasure_item as item
inner join {register} as held on item.source = held.source and item.source_key = held.source_key
where
    item.checksum = %(checksum)s and item.entity = %(entity)s and item.action = 'erase' and item.done_on is not null
