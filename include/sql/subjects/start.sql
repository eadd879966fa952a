-- Each node is at first a component of its own.
update staging.subject_node
set label = node
