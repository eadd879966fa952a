-- What a member of staff decided of two records: that they are about one subject, or that they are not. The lesser
-- of the two comes first: a pair has one decision.
create table if not exists register.subject_decision (
    source text not null,
    entity text not null check (entity in ('customer', 'person', 'prospect')),
    source_key text not null,
    other_source text not null,
    other_entity text not null check (other_entity in ('customer', 'person', 'prospect')),
    other_key text not null,
    decision text not null check (decision in ('merge', 'apart')),
    reason text not null check (reason ~ '^[a-z_]{1,40}$'),
    staff text not null,
    decided_on date not null,
    primary key (source, entity, source_key, other_source, other_entity, other_key),
    check ((source, entity, source_key) < (other_source, other_entity, other_key))
)
