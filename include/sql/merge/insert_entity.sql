-- source, pull_id. Enters the rows that passed both gates into one entity of the register, of which it holds none yet
-- from this source.
insert into {register} (source, source_key, {columns}, content_hash, first_pull, changed_pull)
select
    %(source)s,
    accepted.source_key,
    {accepted},
    accepted.content_hash,
    %(pull_id)s,
    %(pull_id)s
from {checked} as accepted
where
    not exists (select from {refused} as refused where accepted._row = refused._row)
    and not exists (select from {suppressed} as suppressed where accepted._row = suppressed._row)
