-- Let the read-only login {reader} into the billing source; returns nothing.
grant usage on schema laskutus to {reader}
