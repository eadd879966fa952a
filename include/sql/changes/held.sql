-- source: text. Sets apart the held rows that are in the buckets that differ, or whose key arrived from another one.
create unlogged table {held} as
with aside as (
    select distinct raw.source_key
    from {raw} as raw
    where not {raw_in_scope}
)

select
    known.source,
    known.source_key,
    known.content_hash,
    known.kept_rule,
    known.vanished_pull
from {register} as known
where
    known.source = {source}
    and exists (select from {differs} as differs where differs.bucket = {bucket})
union all
select
    known.source,
    known.source_key,
    known.content_hash,
    known.kept_rule,
    known.vanished_pull
from aside
inner join {register} as known on aside.source_key = known.source_key and known.source = {source}
