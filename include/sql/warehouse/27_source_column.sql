-- The columns of the tables that a source's SELECTs read, selected or not, as its catalog last had them. Names only.
-- table_name: schema.table, or the table alone where a SELECT names no schema; gone_on: the night that missed it.
create table if not exists staging.source_column (
    source text not null,
    table_name text not null,
    column_name text not null,
    type text not null,
    first_seen date not null,
    last_seen date not null,
    gone_on date,
    primary key (source, table_name, column_name)
)
