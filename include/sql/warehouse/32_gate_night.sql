-- What each rule of a gate found in each pull: the trend that pages and `rekisteri gates` draw. Counts and names only.
-- level: row where the rule refuses rows, pull where it stops the whole pull; stopped: it did. told: how far off a rule
-- for the whole pull is, in counts and names, as the task that it stops says it.
create table if not exists quarantine.gate_night (
    pull_id uuid not null,
    night date not null,
    source text not null,
    entity text not null,
    gate text not null check (gate in ('quality', 'residency')),
    rule text not null,
    level text not null check (level in ('row', 'pull')),
    severity text not null check (severity in ('critical', 'warning', 'info')),
    evaluated bigint not null check (evaluated >= 0),
    refused bigint not null check (refused >= 0),
    seconds double precision not null check (seconds >= 0),
    stopped boolean not null,
    told text,
    primary key (pull_id, entity, gate, rule)
)
