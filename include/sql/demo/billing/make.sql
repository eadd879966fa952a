-- Make the schema of the demo's billing source; returns nothing.
create schema laskutus
