"""Connections and secrets, always through Airflow's secrets backend or the file that it reads."""

import json
import os
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import psycopg

from rekisteri import paths
from rekisteri.errors import SetupError, SourceDown


def _from_file(name: str) -> dict[str, str] | None:
    # Starting Airflow's secrets machinery costs seconds; outside a task the embedded default's own file will do.
    if os.environ.get("AIRFLOW__SECRETS__BACKEND"):
        return None
    path = paths.home() / "secrets" / name
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _from_uri(uri: str) -> dict[str, Any]:
    parts = urlsplit(uri)
    fields = {
        "host": parts.hostname,
        "port": parts.port,
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        # A database's name has no slash before it; a file's path keeps its own.
        "dbname": unquote(parts.path[1:]),
    }
    return {k: v for k, v in (fields | dict(parse_qsl(parts.query))).items() if v}


def _declared(conn_id: str) -> tuple[str, dict[str, Any]]:
    """Return an Airflow connection's kind and its fields."""
    known = _from_file("connections.json")
    if known is not None:
        if said := missing(conn_id):
            raise SetupError(said)
        return urlsplit(known[conn_id]).scheme, _from_uri(known[conn_id])
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        found = Connection.get(conn_id)
    except AirflowNotFoundException:
        raise SetupError(
            f"no Airflow connection {conn_id!r}; add it to the secrets backend, or with `airflow connections add`. "
            "With `make run`: nothing was run in this state folder yet; run it, or set REKISTERI_HOME to the right one"
        ) from None
    fields = {
        "host": found.host,
        "port": found.port,
        "user": found.login,
        "password": found.password,
        "dbname": found.schema,
    }
    return str(found.conn_type), {k: v for k, v in (fields | dict(found.extra_dejson)).items() if v}


def dsn(conn_id: str) -> dict[str, Any]:
    """Return the connection arguments of an Airflow connection, by psycopg's names.

    Raises:
        SetupError: no connection has this id.
    """
    return _declared(conn_id)[1]


def hosts(conn_id: str) -> tuple[str, ...]:
    """Return the names of the hosts that an Airflow connection leads to; none for a file.

    Raises:
        SetupError: no connection has this id.
    """
    fields = _declared(conn_id)[1]
    return tuple(one.strip() for name in ("host", "hostaddr") for one in str(fields.get(name, "")).split(",") if one)


def at_hand() -> bool:
    """Return whether connections can be read here without asking Airflow's own database."""
    return bool(os.environ.get("AIRFLOW__SECRETS__BACKEND")) or (paths.home() / "secrets/connections.json").exists()


def missing(conn_id: str) -> str | None:
    """Return what to add where the file of connections lacks this one; None where it has it, or no file holds them."""
    known = _from_file("connections.json")
    if known is None or conn_id in known:
        return None
    return (
        f"no connection {conn_id!r} in {paths.home()}/secrets/connections.json; add a line with its URI there "
        "(those of the demonstration come with `make run`)"
    )


def scheme(conn_id: str) -> str:
    """Return which kind of database an Airflow connection leads to, such as ``postgresql`` or ``mysql``.

    Raises:
        SetupError: no connection has this id.
    """
    return _declared(conn_id)[0].partition("+")[0]


_REFUSALS = (
    "Connection refused", "No such file or directory", "Permission denied", "Resource temporarily unavailable",
    "Connection reset by peer", "No route to host", "Network is unreachable", "timeout expired",
    "could not translate host name", "failed to resolve host", "server closed the connection unexpectedly",
    "password authentication failed", "too many clients", "too many connections", "remaining connection slots",
    "is starting up", "is shutting down", "does not exist", "no pg_hba.conf entry", "SSL error", "connection is bad",
)  # fmt: skip
"""What a server, a driver or the operating system says of a connection that cannot be opened, the exact before."""


def connect(conn_id: str, **settings: Any) -> psycopg.Connection[Any]:
    """Open a PostgreSQL connection.

    Args:
        conn_id: Airflow connection id, such as ``warehouse`` or a source's.
        settings: further psycopg arguments, such as ``autocommit`` or ``row_factory``.

    Raises:
        SetupError: no connection has this id.
        SourceDown: the server does not answer or refuses the login.
    """
    arguments = {"connect_timeout": 10, "application_name": "rekisteri", **dsn(conn_id), **settings}
    try:
        return psycopg.connect(**arguments)
    except psycopg.OperationalError as error:
        # The driver's text names host and user but no row; it is still left out but for what is the same everywhere.
        state = error.sqlstate or next((said for said in _REFUSALS if said in str(error)), "no answer")
        raise SourceDown(
            f"connection {conn_id!r}: the server does not answer or refuses the login ({state}); "
            "see that it runs and that the connection's host, port, login and password are right"
        ) from None


def variable(name: str, default: str | None = None) -> str | None:
    """Return an Airflow variable, or ``default`` where it is not set."""
    known = _from_file("variables.json")
    if known is not None:
        return known.get(name, default)
    from airflow.sdk import Variable

    found: str | None = Variable.get(name, default=default)
    return found


def secret(name: str) -> bytes:
    """Return a key of at least 128 bits kept as hex in an Airflow variable.

    Raises:
        SetupError: it is missing, not hex, or too short (EDPB 01/2025: keys of sufficient entropy).
    """
    held = variable(name)
    try:
        key = bytes.fromhex(held or "")
    except ValueError:
        key = b""
    if len(key) < 16:
        raise SetupError(
            f"variable {name!r} must hold at least 16 random bytes as hex; make it with `openssl rand -hex 32`"
        )
    return key
