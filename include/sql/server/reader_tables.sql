-- Let a source reader read the tables its owner will make. {owner}, {reader}: roles. Returns nothing.
alter default privileges for role {owner} grant select on tables to {reader};
