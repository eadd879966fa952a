-- Held records that lie outside the EU/EEA and are not there by consent: due for erasure. country: ISO 3166, null where
-- it is not known; found_on: the first night.
create table if not exists register.misplaced (
    source text not null,
    entity text not null,
    source_key text not null,
    rule text not null,
    country text check (country ~ '^[A-Z]{2}$'),
    found_on date not null,
    primary key (source, entity, source_key)
)
