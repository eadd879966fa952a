-- Logins of requesters.
-- No constraints: keys and references are the application's business, as in the systems this one stands for.
create table desk.accounts (
    account_id text,
    requester_id text,
    client_id text,
    login text,
    activated text,
    deactivated text
)
