-- Returns the distinct values of the columns of one format in the rows to be looked at.
select distinct given.raw
from ({values}) as given
where given.raw <> ''
