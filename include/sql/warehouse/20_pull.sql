-- The pulls and how far each got; logged, so that a rerun resumes.
create table if not exists staging.pull (
    pull_id uuid primary key,
    source text not null,
    night date not null,
    run_id text not null,
    rules_version text not null,
    state text not null default 'started' check (
        state in (
            'started', 'admitted', 'extracted', 'conformed', 'checked', 'located', 'merged', 'recounted', 'refused'
        )
    ),
    started_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    unique (source, run_id)
)
