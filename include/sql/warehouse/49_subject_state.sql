-- The checksum of the rules by which the links were made; under other rules all are made anew.
create table if not exists register.subject_state (
    only_row boolean primary key default true check (only_row),
    fingerprint text not null
)
