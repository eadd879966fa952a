-- Remove the demo's crm source with all that is in it; returns nothing.
drop schema if exists crm cascade
