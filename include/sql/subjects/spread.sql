-- Gives each node the lowest label among those it is tied to. Returns nothing; its count says how many changed.
with seen as (
    select
        node,
        least(
            case when first_tie is not null then min(label) over (partition by first_tie) end,
            case when second_tie is not null then min(label) over (partition by second_tie) end
        ) as lowest
    from staging.subject_node
    where first_tie is not null or second_tie is not null
)

update staging.subject_node as held
set label = seen.lowest
from seen
where held.node = seen.node and seen.lowest < held.label
