-- table: name of a raw staging table. Returns its columns that came from the source, in order.
select attname
from pg_catalog.pg_attribute
where
    attrelid = to_regclass(format('staging.%%I', %(table)s::text))
    and attnum > 0 and not attisdropped and attname <> '_row'
order by attnum
