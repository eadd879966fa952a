-- Make a database. {database}: its name; {owner}: the role that may make schemas in it. Returns nothing.
create database {database} owner {owner};
