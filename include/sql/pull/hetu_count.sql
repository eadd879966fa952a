-- Returns how many personal identity codes were removed from the fresh rows' texts.
select coalesce(sum({marks}), 0)
from {checked} as checked
inner join {raw} as raw on checked._row = raw._row
where {marked}
