-- Makes an index that only a table has in which no key is doubled; to sort keys is the quickest way to know it.
create unique index on {raw} (source_key)
