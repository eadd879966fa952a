-- labels: bigint[]. Takes these components apart: each record is alone.
with parted as (
    update staging.subject_node
    set label = node
    where label = any(%(labels)s)
    returning node
)

delete from staging.subject_tie as tie
using parted
where tie.node = parted.node
