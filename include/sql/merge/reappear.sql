-- source. Takes back the mark of the vanished rows whose record arrived again, whatever became of its newest version.
update {register} as known
set vanished_pull = null
where
    known.source = %(source)s and known.vanished_pull is not null
    and exists (select from {compared} as arrived where arrived.source_key = known.source_key)
