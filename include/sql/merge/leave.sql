-- source. Removes the held rows whose newest version lies outside the EU/EEA, elsewhere than the held one: that place
-- is no longer true. One that lies where it lay stays until its erasure is approved; see register.misplaced.
delete from {register} as known
using {refused} as refused
inner join {checked} as checked on refused._row = checked._row
where
    refused.gate = 'residency'
    and known.source = %(source)s and checked.source_key = known.source_key
    and {elsewhere}
