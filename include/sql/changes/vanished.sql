-- source. Lists the held rows that a complete list of the source lacks: of all keys, or of those in scope.
insert into {vanished} (source_key)
select known.source_key
from {register} as known
where
    known.source = %(source)s and known.vanished_pull is null and {in_scope}
    and not exists (select from {present} as arrived where arrived.source_key = known.source_key)
