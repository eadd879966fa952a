-- table: a version that no view shows any more.
drop table {table}
