-- Lists the held records whose location is not inside the EU/EEA; one without a verdict is outside.
insert into {outside} (source, source_key, country)
select
    held.source,
    held.source_key,
    located.country
from {register} as held
left join {located} as located
    on
        -- Equal texts first: what is only "not distinct" cannot be hashed.
        coalesce({provider}, '') = coalesce(located.provider, '')
        and coalesce(held.{column}, '') = coalesce(located.raw, '')
        and {provider} is not distinct from located.provider
        and held.{column} is not distinct from located.raw
where
    ({provider} is not null or held.{column} is not null)
    and located.inside is not true
