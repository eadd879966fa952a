-- What was published for analysts: version, date, rows, and rows left out with their cause.
create table if not exists analytics.publication (
    table_name text not null,
    version bigint not null,
    night date not null,
    published_at timestamptz not null default now(),
    rows bigint not null,
    left_out_due bigint not null,
    left_out_small bigint not null,
    k int not null,
    primary key (table_name, version)
)
