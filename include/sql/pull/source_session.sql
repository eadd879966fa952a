-- timeout: text such as 300s. Fixes a source session's text form, so that the same row always reads the same, and has
-- sums over many buckets reckoned by several processes.
select
    set_config('datestyle', 'ISO, YMD', true),
    set_config('timezone', 'UTC', true),
    set_config('intervalstyle', 'iso_8601', true),
    set_config('bytea_output', 'hex', true),
    set_config('extra_float_digits', '1', true),
    set_config('parallel_tuple_cost', '0.001', true),
    set_config('statement_timeout', %(timeout)s, true)
