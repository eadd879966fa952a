"""Logins and databases of a PostgreSQL server: each login can connect to what it needs and to nothing else.

What a login may do inside the warehouse is granted by `rekisteri.warehouse`; here it only gets in.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from rekisteri.statements import load


@dataclass(frozen=True)
class Server:
    """What a server shall hold.

    Attributes:
        passwords: login -> its password.
        owners: database -> the login that may make schemas in it.
        visitors: database -> the logins that may connect to it.
    """

    passwords: Mapping[str, str]
    owners: Mapping[str, str]
    visitors: Mapping[str, Collection[str]]


def prepare(connection: psycopg.Connection[Any], server: Server) -> None:
    """Make the logins and databases that are missing, and give each login its password; run again, the same.

    Args:
        connection: of a superuser, to the database ``postgres``, with autocommit.
        server: what there shall be.
    """
    known = _names(connection, "server/roles")
    for login, password in server.passwords.items():
        # Only the verifier goes to the server: the password itself could end up in its log or statistics.
        verifier = connection.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256")
        places = {"role": sql.Identifier(login), "verifier": sql.Literal(verifier.decode())}
        connection.execute(load("server/alter_login" if login in known else "server/create_login", **places))
    databases = _names(connection, "server/databases")
    for database, owner in server.owners.items():
        name = sql.Identifier(database)
        if database not in databases:
            connection.execute(load("server/create_database", database=name, owner=sql.Identifier(owner)))
        connection.execute(load("server/revoke_public", database=name))
        logins = sql.SQL(", ").join(map(sql.Identifier, sorted(server.visitors[database])))
        connection.execute(load("server/grant_connect", database=name, logins=logins))
    connection.execute(load("server/revoke_public", database=sql.Identifier("postgres")))


def _names(connection: psycopg.Connection[Any], statement: str) -> set[str]:
    return {str(row[0]) for row in connection.execute(load(statement))}
