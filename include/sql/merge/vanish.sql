-- source, pull_id. Marks the held rows that a complete pull no longer brought; marks, never removes (design rule 7).
update {register} as known
set vanished_pull = %(pull_id)s
where
    known.source = %(source)s and known.vanished_pull is null
    and not exists (select from {compared} as arrived where arrived.source_key = known.source_key)
