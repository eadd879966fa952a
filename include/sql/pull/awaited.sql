-- sources: text[], night, patient: boolean. Returns those of the sources that are still to be waited for: a pull of
-- theirs is under way (as in pull/under_way), or, while one is patient, none of this night or a later one, which reads
-- what is newer, has come to an end.
select named.source
from unnest(%(sources)s::text[]) as named (source)
where
    exists (
        select from staging.pull as pull
        where
            pull.source = named.source and pull.state not in ('recounted', 'refused')
            and pull.changed_at > now() - interval '2 hours'
    )
    or %(patient)s and not exists (
        select from staging.pull as pull
        where
            pull.source = named.source and pull.night >= %(night)s
            and (pull.state in ('recounted', 'refused') or pull.changed_at = '-infinity')
    )
order by named.source
