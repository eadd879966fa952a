-- Let the read-only login {reader} into the service_desk source; returns nothing.
grant usage on schema desk to {reader}
