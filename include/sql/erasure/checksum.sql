-- Returns the checksum of a list of items, over their contents in order and no date of making, and its counts.
select
    encode(
        sha256(
            coalesce(
                string_agg(
                    sha256(
                        convert_to(
                            jsonb_build_array(entity, source, source_key, action, rule, ground, until)::text, 'UTF8'
                        )
                    ),
                    ''::bytea
                    order by entity, source, source_key
                ),
                ''::bytea
            )
        ),
        'hex'
    ) as checksum,
    count(*) filter (where action = 'erase') as erase,
    count(*) filter (where action = 'restrict') as restrict,
    count(*) filter (where action = 'keep') as keep,
    count(distinct subject_id) filter (where action <> 'keep') as subjects
from {items} as item
where {which}
