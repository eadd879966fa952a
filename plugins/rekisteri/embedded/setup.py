"""Logins and databases of the embedded server, and what the readers of the demonstration's sources may read."""

from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from rekisteri import logins
from rekisteri.embedded.secrets import CONNECTIONS, SOURCES
from rekisteri.errors import SetupError
from rekisteri.statements import load

OWNERS = {"airflow": "airflow", "warehouse": "rekisteri_deploy"} | dict.fromkeys(SOURCES, "demo_owner")


def _admin(connections: dict[str, str], database: str) -> psycopg.Connection[Any]:
    uri = urlsplit(connections["postgres_admin"])._replace(path=f"/{database}").geturl()
    try:
        return psycopg.connect(uri, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError:
        raise SetupError(
            "the embedded PostgreSQL refuses the login in secrets/connections.json; restore that folder as it was when "
            "the server was made, or begin anew with `make clean`"
        ) from None


def _server(connections: dict[str, str]) -> logins.Server:
    own = {conn_id: entry for conn_id, entry in CONNECTIONS.items() if entry[0] != "postgres"}
    return logins.Server(
        passwords={login: urlsplit(connections[conn_id]).password or "" for conn_id, (login, _) in own.items()},
        owners=OWNERS,
        visitors={database: {login for login, name in own.values() if name == database} for database in OWNERS},
    )


def _reads(connection: psycopg.Connection[Any], source: str) -> None:
    reader = {"owner": sql.Identifier("demo_owner"), "reader": sql.Identifier(f"{source}_reader")}
    for statement in ("server/reader_schemas", "server/reader_tables"):
        connection.execute(load(statement, **reader))
    connection.execute(load("server/reader_read_only", reader=reader["reader"]))


def prepare(connections: dict[str, str]) -> None:
    """Make the logins and databases that are missing; run again, it changes nothing.

    Args:
        connections: id -> URI, from :func:`rekisteri.embedded.secrets.ensure`.

    Raises:
        SetupError: the server refuses the superuser's login.
    """
    with _admin(connections, "postgres") as connection:
        logins.prepare(connection, _server(connections))
    for source in SOURCES:
        with _admin(connections, source) as connection:
            _reads(connection, source)
