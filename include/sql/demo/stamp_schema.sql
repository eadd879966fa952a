-- Make the schema that records what was loaded into this demo source; returns nothing.
create schema demo
