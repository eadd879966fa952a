-- Every transfer outside the EU/EEA that passed, on whose consent (GDPR Art. 49(1)(a)). It says who: personal data that
-- is erased with its subject once the consent's own evidence is. country: ISO 3166; data_groups: of the register
-- description, 1 to 12; destination: record (it lies there), export, access, mail or erasure_order; consent_from and
-- consent_until: of the consent when it was judged; both null where the log did not keep them yet.
create table if not exists register.transfer_log (
    transfer_id bigint generated always as identity primary key,
    night date not null,
    pull_id uuid,
    destination text not null,
    source text not null,
    entity text not null,
    source_key text not null,
    person_source text not null,
    person_key text not null,
    data_groups smallint[] not null,
    country text not null check (country ~ '^[A-Z]{2}$'),
    consent_source text not null,
    consent_key text not null,
    evidence_at timestamptz not null,
    transferred_at timestamptz not null,
    consent_from date,
    consent_until date,
    unique nulls not distinct (pull_id, destination, source, entity, source_key, person_source, person_key)
)
