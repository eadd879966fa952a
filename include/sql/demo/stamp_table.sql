-- Make the table that records what was loaded into this demo source; returns nothing.
create table demo.loaded (
    seed bigint not null,
    customers integer not null,
    as_of date not null,
    version text not null
)
