-- Remove the demo's billing source with all that is in it; returns nothing.
drop schema if exists laskutus cascade
