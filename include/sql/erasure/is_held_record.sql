-- source, source_key. Returns whether the register has this record.
select exists(
    select from {register} as held
    where held.source = %(source)s and held.source_key = %(source_key)s
) as known
