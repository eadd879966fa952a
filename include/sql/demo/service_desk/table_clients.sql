-- Client organisations and consumers.
-- No constraints: keys and references are the application's business, as in the systems this one stands for.
create table desk.clients (
    client_id text,
    client_type text,
    display_name text,
    vat_id text,
    main_email text,
    main_phone text,
    client_since text
)
