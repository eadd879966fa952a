-- Notes a publication; the parameters are the columns of analytics.publication.
insert into analytics.publication (table_name, version, night, rows, left_out_due, left_out_small, k)
values (
    %(table_name)s, %(version)s, %(night)s, %(rows)s, %(left_out_due)s, %(left_out_small)s, %(k)s
)
