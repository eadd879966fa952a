-- Let the read-only login {reader} read the service_desk source; returns nothing.
grant select on all tables in schema desk to {reader}
