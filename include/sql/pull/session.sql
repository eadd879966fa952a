-- lock_timeout: text such as 60s.
-- Settings of a pull's session: a dead worker's statements end within seconds, a lock is not waited for without end.
select
    set_config('client_connection_check_interval', '2s', false),
    set_config('lock_timeout', %(lock_timeout)s, false),
    set_config('datestyle', 'ISO, YMD', false),
    set_config('timezone', 'UTC', false),
    set_config('intervalstyle', 'iso_8601', false)
