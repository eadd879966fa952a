"""Logins and databases of the embedded server: each login can connect to what it needs and to nothing else.

What a login may do inside the warehouse is granted by `rekisteri.warehouse`; here it only gets in.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from rekisteri.embedded.secrets import CONNECTIONS, SOURCES
from rekisteri.errors import SetupError
from rekisteri.statements import load

OWNERS = {"airflow": "airflow", "warehouse": "rekisteri_deploy"} | dict.fromkeys(SOURCES, "demo_owner")


def _admin(connections: dict[str, str], database: str) -> "psycopg.Connection[tuple[object, ...]]":
    uri = urlsplit(connections["postgres_admin"])._replace(path=f"/{database}").geturl()
    try:
        return psycopg.connect(uri, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError:
        raise SetupError(
            "the embedded PostgreSQL refuses the login in secrets/connections.json; restore that folder as it was when "
            "the server was made, or begin anew with `make clean`"
        ) from None


def _names(connection: "psycopg.Connection[tuple[object, ...]]", statement: str) -> set[object]:
    return {row[0] for row in connection.execute(load(statement))}


def _logins(connection: "psycopg.Connection[tuple[object, ...]]", connections: dict[str, str]) -> None:
    known = _names(connection, "server/roles")
    passwords = {login: urlsplit(connections[conn_id]).password or "" for conn_id, (login, _) in CONNECTIONS.items()}
    for login, password in passwords.items():
        if login == "postgres":
            continue
        # Only the verifier goes to the server: the password itself could end up in its log or statistics.
        verifier = connection.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256")
        places = {"role": sql.Identifier(login), "verifier": sql.Literal(verifier.decode())}
        connection.execute(load("server/alter_login" if login in known else "server/create_login", **places))


def _reads(connection: "psycopg.Connection[tuple[object, ...]]", source: str) -> None:
    reader = {"owner": sql.Identifier("demo_owner"), "reader": sql.Identifier(f"{source}_reader")}
    for statement in ("server/reader_schemas", "server/reader_tables"):
        connection.execute(load(statement, **reader))
    connection.execute(load("server/reader_read_only", reader=reader["reader"]))


def _connecting(database: str) -> Iterable[str]:
    return sorted({login for login, name in CONNECTIONS.values() if name == database and login != "postgres"})


def prepare(connections: dict[str, str]) -> None:
    """Make the logins and databases that are missing; run again, it changes nothing.

    Args:
        connections: id -> URI, from :func:`rekisteri.embedded.secrets.ensure`.

    Raises:
        SetupError: the server refuses the superuser's login.
    """
    with _admin(connections, "postgres") as connection:
        _logins(connection, connections)
        known = _names(connection, "server/databases")
        for database, owner in OWNERS.items():
            name = sql.Identifier(database)
            if database not in known:
                connection.execute(load("server/create_database", database=name, owner=sql.Identifier(owner)))
            connection.execute(load("server/revoke_public", database=name))
            logins = sql.SQL(", ").join(map(sql.Identifier, _connecting(database)))
            connection.execute(load("server/grant_connect", database=name, logins=logins))
        connection.execute(load("server/revoke_public", database=sql.Identifier("postgres")))
    for source in SOURCES:
        with _admin(connections, source) as connection:
            _reads(connection, source)
