-- checksum. Returns source and path of the media that the plan deleted and verify has not looked for yet.
select
    source,
    media
from register.erasure_item
where checksum = %(checksum)s and media is not null and done_on is not null
