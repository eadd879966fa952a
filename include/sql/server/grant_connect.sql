-- Let logins into a database. {database}: its name; {logins}: a list of roles. Returns nothing.
grant connect on database {database} to {logins};
