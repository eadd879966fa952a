-- Gives each node the label of the node its label names: long chains close in few rounds.
update staging.subject_node as held
set label = ahead.label
from staging.subject_node as ahead
where held.label = ahead.node and ahead.label < held.label
