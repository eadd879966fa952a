-- Returns the night of the newest pull; null before the first.
select max(night) as night
from staging.pull
