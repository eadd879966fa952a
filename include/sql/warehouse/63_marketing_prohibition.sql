-- Keyed hashes of addresses that must not be marketed to: they outlive the relationship (Art. 21(3)).
create table if not exists vault.marketing_prohibition (
    key_version int not null,
    channel text not null,
    token bytea not null check (length(token) = 32),
    noted_on date not null,
    primary key (key_version, channel, token)
)
