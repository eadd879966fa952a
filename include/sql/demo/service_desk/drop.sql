-- Remove the demo's service_desk source with all that is in it; returns nothing.
drop schema if exists desk cascade
