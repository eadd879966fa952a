-- Rows whose identifier is borne by others under unlike names: no word of the row's name is in the names of more
-- than half of the records that bear the identifier. Rows of this pull count, and what the register holds beside
-- them. Only names of shared identifiers are looked into.
with claim as (
    select
        checked._row,
        checked.{claimed} as claimed,
        checked.{named} as named
    from {checked} as checked
    where
        checked.{claimed} is not null and checked.{named} is not null and checked.copies = 1
        and not exists (select from {suppressed} as suppressed where suppressed._row = checked._row)
    union all
    select
        null as _row,
        known.{claimed} as claimed,
        known.{named} as named
    from {register} as known
    where
        known.source = {source} and known.vanished_pull is null
        and known.{claimed} in (select checked.{claimed} from {checked} as checked)
        and not exists (select from {checked} as checked where checked.source_key = known.source_key)
        and not exists (select from {gone} as gone where gone.source_key = known.source_key)
),

shared as (
    select
        claimed,
        count(*) as records
    from claim
    group by claimed
    having count(*) > 1
),

word as (
    select
        claim._row,
        claim.claimed,
        shared.records,
        word
    from claim
    inner join shared on claim.claimed = shared.claimed
    cross join lateral unnest(string_to_array(register.name_key(claim.named), ' ')) as word
    where word <> all({forms}::text[])
),

carried as (
    select
        _row,
        records,
        count(*) over (partition by claimed, word) as carriers
    from word
)

select _row
from carried
where _row is not null
group by _row, records
having max(carriers) * 2 <= records
