"""The production shape of docker-compose.yml: what it needs beyond Airflow's own commands.

    secrets      makes the folder of secret files that its services mount, one service seeing only what it needs
    databases    makes logins and databases on its two PostgreSQL servers, from those files
    health       tells Docker whether a service is well, without starting an Airflow for it

What it must not let through: no secret has a default, none is on a command line or in an environment variable; a key
that was lost is never quietly made anew.
"""
