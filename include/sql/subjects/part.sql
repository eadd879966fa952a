-- labels: bigint[]. Takes these components apart: each record is alone.
update staging.subject_node
set
    label = node,
    first_tie = null,
    second_tie = null
where label = any(%(labels)s)
