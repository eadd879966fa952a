-- pull_id, entity. Counts the personal identity codes that were removed from the fresh rows' texts.
update staging.arrival
set
    hetu_removed = (
        select coalesce(sum({marks}), 0)
        from {checked} as checked
        inner join {raw} as raw on checked._row = raw._row
        where {marked}
    )
where pull_id = %(pull_id)s and entity = %(entity)s
returning hetu_removed
