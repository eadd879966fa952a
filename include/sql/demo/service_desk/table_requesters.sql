-- Who asks for help, with more than the register may hold.
-- No constraints: keys and references are the application's business, as in the systems this one stands for.
create table desk.requesters (
    requester_id text,
    display_name text,
    mail text,
    phone text,
    password_hash text,
    avatar_url text,
    last_seen_ip text
)
