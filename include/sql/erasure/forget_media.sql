-- checksum. Forgets the paths of media that are seen to be gone.
update register.erasure_item
set media = null
where checksum = %(checksum)s and media is not null
