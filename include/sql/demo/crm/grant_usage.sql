-- Let the read-only login {reader} into the crm source; returns nothing.
grant usage on schema crm to {reader}
