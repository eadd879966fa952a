-- The pulls and how far each got; logged, so that a rerun resumes. full_asked: read everything, whatever is known;
-- accepted: names of the rules that a person lets this pull break once, each as vanished or nulls:email.
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
    full_asked boolean not null default false,
    accepted text[] not null default '{}',
    unique (source, run_id)
)
