-- lock_timeout: text such as 60s.
-- Settings of a pull's session: a dead worker's statements end within seconds, a lock is not waited for without end,
-- a million rows are joined and counted in memory, and several processes read where a table is made of what they read:
-- PostgreSQL knows what it costs to hand a row over, and not what is reckoned for each, which costs ten times that.
select
    set_config('client_connection_check_interval', '2s', false),
    set_config('lock_timeout', %(lock_timeout)s, false),
    set_config('work_mem', '64MB', false),
    set_config('hash_mem_multiplier', '4', false),
    set_config('parallel_tuple_cost', '0.001', false),
    set_config('maintenance_work_mem', '256MB', false),
    set_config('datestyle', 'ISO, YMD', false),
    set_config('timezone', 'UTC', false),
    set_config('intervalstyle', 'iso_8601', false)
