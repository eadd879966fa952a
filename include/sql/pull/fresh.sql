-- pull_id, entity. Counts the fresh rows into the arrivals; returns the count.
update staging.arrival
set fresh = (select count(*) from {compared} where fate = 'fresh')
where pull_id = %(pull_id)s and entity = %(entity)s
returning fresh
