-- Tickets; times are local, without offset.
-- No constraints: keys and references are the application's business, as in the systems this one stands for.
create table desk.tickets (
    ticket_no text,
    client_id text,
    requester_id text,
    opened text,
    closed text,
    queue text,
    priority text,
    subject text
)
