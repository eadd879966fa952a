-- Make the schema of the demo's crm source; returns nothing.
create schema crm
