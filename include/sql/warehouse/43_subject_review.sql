-- Records that share an identifier but contradict each other: left apart, for a person to look at. led_by: the first of
-- the records that contradict each other, as "source entity key".
create table if not exists register.subject_review (
    source text not null,
    entity text not null,
    source_key text not null,
    rule text not null,
    records bigint not null,
    noted_on date not null,
    led_by text not null,
    primary key (source, entity, source_key, rule)
)
