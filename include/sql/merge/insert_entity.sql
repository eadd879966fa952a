-- source, pull_id. Enters the rows that passed both gates into one entity of the register, of which it holds none yet
-- from this source. What leaves out the refused and the suppressed is not there where there are none.
insert into {register} (source, source_key, {columns}, content_hash, first_pull, changed_pull)
select
    %(source)s,
    accepted.source_key,
    {accepted},
    accepted.content_hash,
    %(pull_id)s,
    %(pull_id)s
from {checked} as accepted
{but_kept_out}
