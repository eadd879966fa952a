-- When each source's own catalog was last looked at, and what came of it. read_on: the last night on which it could be
-- read; failure: the kind of error of the last look, null where it went well; pull_id: the pull that looked last.
create table if not exists staging.source_catalog (
    source text primary key,
    looked_on date not null,
    read_on date,
    tables int not null default 0 check (tables >= 0),
    columns int not null default 0 check (columns >= 0),
    failure text,
    pull_id uuid not null
)
