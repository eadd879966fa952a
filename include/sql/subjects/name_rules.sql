-- Says by which rule each record was tied to its subject.
with judged as (
    select
        node,
        case
            when count(*) over (partition by label) = 1 then 'alone'
            when kind = 'company' then 'y_tunnus'
            when first_tie is not null then 'email+name'
            else 'phone+name'
        end as rule
    from staging.subject_node
)

update staging.subject_node as node
set rule = judged.rule
from judged
where node.node = judged.node
