-- checksum. Voids the other plans that wait for their approval. Returns their checksums.
update register.erasure_plan
set state = 'voided'
where state = 'waiting' and checksum <> %(checksum)s
returning checksum
