-- Erases what waits in quarantine of the erased records themselves.
delete from quarantine.row as held
using staging.erased_key as erased
where held.source = erased.source and held.entity = erased.entity and held.source_key = erased.source_key
