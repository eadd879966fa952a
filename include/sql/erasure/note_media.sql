-- checksum; sources, keys, paths: text[]. Keeps the paths of deleted media until verify has seen that they are gone.
update register.erasure_item as item
set media = deleted.path
from unnest(%(sources)s::text[], %(keys)s::text[], %(paths)s::text[]) as deleted (source, source_key, path)
where
    item.checksum = %(checksum)s and item.entity = 'recording'
    and item.source = deleted.source and item.source_key = deleted.source_key
