-- kinds: text[] of ties, the strongest first. Notes by which kinds of identifiers each record is tied to others of its subject, in that order.
with tied as (
    select
        node,
        array_agg(kind order by array_position(%(kinds)s::text[], kind)) as ties
    from (select distinct node, kind from staging.subject_tie) as carried
    group by node
)

update staging.subject_node as node
set ties = tied.ties
from tied
where node.node = tied.node
