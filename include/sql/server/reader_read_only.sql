-- A source reader starts read-only transactions. {reader}: a role. Returns nothing.
alter role {reader} set default_transaction_read_only = on;
