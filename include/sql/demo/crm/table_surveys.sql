-- Answers to surveys.
-- No constraints: keys and references are the application's business, as in the systems this one stands for.
create table crm.surveys (
    id bigint,
    party_id bigint,
    person_id bigint,
    answered_on date,
    score text,
    comment text
)
