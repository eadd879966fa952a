-- Remove the record of what was loaded into this demo source; returns nothing.
drop schema if exists demo cascade
