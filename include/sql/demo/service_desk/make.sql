-- Make the schema of the demo's service_desk source; returns nothing.
create schema desk
