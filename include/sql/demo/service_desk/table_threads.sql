-- What was written in a ticket.
-- No constraints: keys and references are the application's business, as in the systems this one stands for.
create table desk.threads (
    entry_id text,
    ticket_no text,
    author_id text,
    sent text,
    via text,
    body text
)
