-- Everybody: organisations (O) and people (P).
-- No constraints: keys and references are the application's business, as in the systems this one stands for.
create table crm.parties (
    id bigint,
    kind text,
    created_at timestamptz,
    account_manager text
)
