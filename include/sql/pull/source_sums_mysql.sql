-- Run at a MariaDB or MySQL source. Returns lines of bucket, rows, and a sum over hashes of their values.
-- noqa: disable=all
select concat_ws(_utf8mb4 x'09', bucket, count(*), sum(hashed))
from (
    select
        {bucket} as bucket,
        cast(conv(left(md5(concat_ws(_utf8mb4 x'1F', {cells})), 15), 16, 10) as unsigned) as hashed
    from (
        {query}
    ) as extract
) as hashes
group by bucket
