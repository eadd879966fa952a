-- Notes what a look at a source's catalog came to. tables, columns: how many were found; failure: the kind of error
-- where it could not be read, else null; source.
update staging.source_catalog set
    read_on = case when %(failure)s::text is null then looked_on else read_on end,
    tables = case when %(failure)s::text is null then %(tables)s else tables end,
    columns = case when %(failure)s::text is null then %(columns)s else columns end,
    failure = %(failure)s
where source = %(source)s
