-- source. Lists the rows of a pull whose location is not inside the EU/EEA; one without a verdict is outside.
insert into {outside} (source, source_key, country)
select
    %(source)s,
    gate.source_key,
    located.country
from {gate} as gate
left join {located} as located
    on
        -- Equal texts first: what is only "not distinct" cannot be hashed.
        coalesce({provider}, '') = coalesce(located.provider, '')
        and coalesce(gate.{column}, '') = coalesce(located.raw, '')
        and {provider} is not distinct from located.provider
        and gate.{column} is not distinct from located.raw
where
    ({provider} is not null or gate.{column} is not null)
    and located.inside is not true
    and not exists (select from {refused} as refused where gate._row = refused._row)
