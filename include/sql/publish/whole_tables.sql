-- For the rest of the transaction: no nested loops. Every table is read as a whole, and one that was loaded a moment
-- ago has no statistics yet, so that a nested loop looks cheap and takes minutes.
set local enable_nestloop = off
