-- Segments computed from the rest.
-- No constraints: keys and references are the application's business, as in the systems this one stands for.
create table crm.scores (
    id bigint,
    party_id bigint,
    segment_code text,
    computed_on date,
    model_version text
)
