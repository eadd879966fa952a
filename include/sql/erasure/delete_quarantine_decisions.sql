-- Removes what staff decided of quarantined rows of the erased records.
delete from quarantine.decision as decided
using staging.erased_key as erased
where decided.source = erased.source and decided.entity = erased.entity and decided.source_key = erased.source_key
