-- Let the read-only login {reader} read the billing source; returns nothing.
grant select on all tables in schema laskutus to {reader}
