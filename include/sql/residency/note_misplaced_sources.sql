-- sources: text[]; night. Lists the sources that may not be read any more; what was listed keeps its day.
insert into register.misplaced_source (source, found_on)
select
    named.source,
    %(night)s
from unnest(%(sources)s::text[]) as named (source)
on conflict (source) do nothing
