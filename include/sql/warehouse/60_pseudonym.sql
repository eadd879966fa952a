-- Subject to pseudonym, per pseudonymisation domain and key version; the keys are elsewhere.
create table if not exists vault.pseudonym (
    domain text not null,
    key_version int not null,
    subject_id uuid not null,
    pseudonym text not null,
    primary key (domain, key_version, subject_id),
    unique (domain, key_version, pseudonym)
)
