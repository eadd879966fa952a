-- Let the read-only login {reader} read the crm source; returns nothing.
grant select on all tables in schema crm to {reader}
