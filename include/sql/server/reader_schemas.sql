-- Let a source reader into the schemas its owner will make. {owner}, {reader}: roles. Returns nothing.
alter default privileges for role {owner} grant usage on schemas to {reader};
