-- source, entity. Removes the sums that are no longer true: those of the buckets that differ, or all.
delete from staging.seen_bucket as known
where known.source = %(source)s and known.entity = %(entity)s and {stale}
