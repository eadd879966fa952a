-- Makes the list of the records outside that may be there, each with the consents it is there by.
create unlogged table {consented} (
    source text not null,
    source_key text not null,
    country text not null,
    person_key text not null,
    consent_source text not null,
    consent_key text not null,
    evidence_at timestamptz,
    consent_from date not null,
    consent_until date
)
