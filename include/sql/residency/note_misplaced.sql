-- entity, rule: text; night. Lists the held records that lie outside the EU/EEA and are not there by consent; what was
-- listed keeps its day.
insert into register.misplaced as known (source, entity, source_key, rule, country, found_on)
select
    outside.source,
    %(entity)s,
    outside.source_key,
    %(rule)s,
    outside.country,
    %(night)s
from {outside} as outside
where
    not exists (
        select from {consented} as consented
        where consented.source = outside.source and consented.source_key = outside.source_key
    )
on conflict (source, entity, source_key) do update
    set rule = excluded.rule, country = excluded.country
    where (known.rule, known.country) is distinct from (excluded.rule, excluded.country)
