"""The embedded default of `make run`: a real PostgreSQL and a real Airflow, with nothing installed but Python.

Production brings its own servers and never imports this package. The map, in the order of a start:

    place      where the server's files, binaries and socket are, and as which account it runs
    secrets    keys and passwords, made once, in files that Airflow's secrets backend reads
    postgres   initdb, start, stop, mending of half-made and half-dead servers
    setup      logins and databases: who may connect to what
    settings   Airflow's settings, as the environment of its processes; the port of its UI
    airflow    Airflow's own tables, start, stop, whether it is well
    services   processes that outlive the command which started them: pid files, logs, leftovers
    api        Airflow's REST API, as far as a night needs it: trigger, look, answer an approval
    life       all of these in their order: start, stop, clean; only one at a time

What it must not let through: no server listens beyond 127.0.0.1 (PostgreSQL on no port at all unless
REKISTERI_PG_PORT asks for one), no login without a password, no secret in a file that others can read, in a log
or on a command line.

Configured by the environment: see docs/settings.md.
"""
