-- Makes a work table: the records that lie outside the EU/EEA. country: where, null where no consent could name it.
create unlogged table {outside} (
    source text not null,
    source_key text not null,
    country text,
    primary key (source, source_key)
)
