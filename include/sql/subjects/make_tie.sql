-- Makes a work table: what ties nodes, by kind; a tie is named by the lowest node that carries it.
-- It is dropped in the transaction that makes it.
create unlogged table staging.subject_tie (
    kind text not null,
    tie bigint not null,
    node bigint not null,
    primary key (kind, tie, node)
)
