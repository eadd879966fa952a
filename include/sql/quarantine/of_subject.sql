-- Returns the quarantined rows that the list names, by number or by key, each with the nearest reason why.
select distinct on (held.quarantine_id)
    held.quarantine_id,
    held.source,
    held.entity,
    held.source_key,
    held.rules,
    held.first_refused_on,
    held.expires_on,
    listed.because
from staging.quarantine_belonging as listed
inner join quarantine.row as held
    on
        listed.quarantine_id = held.quarantine_id
        or (
            listed.source = held.source and listed.entity = held.entity and listed.source_key = held.source_key
        )
order by held.quarantine_id, array_position(array['own_key', 'identifier', 'refers_to'], listed.because)
