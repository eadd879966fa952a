-- lock_timeout: such as 60s. While an upgrade waits for a running task, every later one waits behind it: not for ever.
select set_config('lock_timeout', %(lock_timeout)s, true)
