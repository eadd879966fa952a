-- source: text. Makes the list of the held rows that a complete list of the source lacks: of all keys, or of those in
-- scope.
create table {vanished} as
select known.source_key
from {register} as known
where
    known.source = {source} and known.vanished_pull is null and {in_scope}
    and not exists (select from {present} as arrived where arrived.source_key = known.source_key)
