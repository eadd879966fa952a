-- Fill a demo table from the client, in PostgreSQL's text form. {table}, {columns}: the table and its columns.
copy {table} ({columns}) from stdin
