-- Gives each node the lowest label among those it is tied to. Returns nothing; its count says how many changed.
with lowest as (
    select
        tie.kind,
        tie.tie,
        min(node.label) as label
    from staging.subject_tie as tie
    inner join staging.subject_node as node on tie.node = node.node
    group by tie.kind, tie.tie
),

seen as (
    select
        tie.node,
        min(lowest.label) as label
    from staging.subject_tie as tie
    inner join lowest on tie.kind = lowest.kind and tie.tie = lowest.tie
    group by tie.node
)

update staging.subject_node as held
set label = seen.label
from seen
where held.node = seen.node and seen.label < held.label
