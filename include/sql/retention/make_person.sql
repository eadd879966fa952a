-- Makes a work table, dropped in the transaction that makes it: whether anything still ties each person.
create unlogged table staging.retention_person (
    subject_id uuid primary key,
    ended_on date,
    due_on date,
    state text not null check (state in ('active', 'no_known_end', 'waits', 'over')),
    ground text,
    until date
)
