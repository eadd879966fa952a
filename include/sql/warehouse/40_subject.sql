-- A person or company that records are about.
create table if not exists register.subject (
    subject_id uuid primary key default uuidv7(),
    kind text not null check (kind in ('company', 'person')),
    made_at timestamptz not null default now()
)
