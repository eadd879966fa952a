"""Logins and databases on the two servers of docker-compose.yml, from the same secret files that the services read."""

from rekisteri import connections, logins
from rekisteri.production.secrets import LOGINS

SUPERUSERS = {"warehouse": "warehouse_admin", "airflow-db": "airflow_db_admin"}
OWNERS = {"warehouse": {"warehouse": "rekisteri_deploy"}, "airflow-db": {"airflow": "airflow", "celery": "celery"}}


def _server(name: str) -> logins.Server:
    own = {
        conn_id: (login, database)
        for conn_id, (login, server, database) in LOGINS.items()
        if server == name and conn_id not in SUPERUSERS.values()
    }
    return logins.Server(
        passwords={login: connections.dsn(conn_id)["password"] for conn_id, (login, _) in own.items()},
        owners=OWNERS[name],
        visitors={database: {login for login, where in own.values() if where == database} for database in OWNERS[name]},
    )


def prepare() -> None:
    """Make the logins and databases where they are missing; give each login its password of today.

    Raises:
        SetupError: a connection is not in the secrets backend.
        SourceDown: a server does not answer or refuses the superuser.
    """
    for name, superuser in SUPERUSERS.items():
        with connections.connect(superuser, dbname="postgres", autocommit=True) as server:
            logins.prepare(server, _server(name))
