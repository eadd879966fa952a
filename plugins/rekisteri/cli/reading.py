"""What the command reads of the warehouse and of Airflow: counts, states and dates."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rekisteri import connections, paths
from rekisteri.errors import SetupError, WarehouseError

if TYPE_CHECKING:
    from psycopg.sql import Composable

DPO = "warehouse_dpo"
BOOKS = ("read", "merged", "unchanged", "quarantined", "suppressed", "skipped", "balanced")


def rows(
    statement: str, conn_id: str = DPO, parts: "Mapping[str, Composable] | None" = None, **bound: Any
) -> list[dict[str, Any]]:
    """Return a statement's rows as mappings.

    Args:
        statement: name of a file below include/sql.
        conn_id: connection to read with.
        parts: what the statement's {places} are filled with.
        bound: the statement's parameters.

    Raises:
        SourceDown: the server does not answer.
        WarehouseError: the warehouse is not made yet, or refuses.
    """
    import psycopg
    from psycopg.rows import dict_row

    from rekisteri.statements import load

    with connections.connect(conn_id, autocommit=True, row_factory=dict_row) as conn:
        try:
            return conn.execute(load(statement, **parts or {}), bound or None).fetchall()
        except psycopg.Error as error:
            raise WarehouseError(
                f"connection {conn_id!r} refuses to tell (SQLSTATE {error.sqlstate or 'none'}); "
                "see that the warehouse is made and up to date: `make run` does it"
            ) from None


def books() -> list[dict[str, Any]]:
    """Return the books of each source's last night, an entry per source and entity."""
    found = []
    for row in rows("status/books"):
        numbers = row.pop("numbers")
        found.append(row | {name: numbers.get(name) for name in BOOKS})
    return found


def airflow_states() -> list[dict[str, Any]]:
    """Return per DAG its last run's state and time, of the embedded Airflow; empty where there is none.

    Asked over REST where the API server is up, else read in Airflow's own database, which stays up longer.
    """
    from rekisteri.embedded import secrets, services

    home = paths.home()
    users = secrets.read(home, "ui_passwords.json")
    port = home / "run" / "ui_port"
    if users and port.exists() and services.runs(home, "api-server"):
        from rekisteri.embedded.api import Api

        try:
            url = f"http://127.0.0.1:{port.read_text(encoding='utf-8').strip()}"
            with Api(url, "admin", users["admin"], patience=10) as api:
                return _newest(api.runs(limit=100))
        except SetupError:
            pass  # it is going down or coming up: its database knows
    if not (home / "airflow" / "migrated").exists():
        return []  # Airflow has not run here, or is somebody else's: its own UI tells
    return rows("status/dag_runs", "airflow_metadata")


def _newest(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for run in runs:  # the newest first
        found.setdefault(run["dag_id"], {name: run.get(name) for name in ("dag_id", "state", "run_after")})
    return [found[dag_id] for dag_id in sorted(found)]


def plan(checksum: str = "") -> dict[str, Any] | None:
    """Return the newest plan whose checksum begins so, with its items counted by ground; None where there is none."""
    found = rows("status/plans", checksum=checksum.lower())
    if not found:
        return None
    return found[0] | {"grounds": rows("status/grounds", checksum=found[0]["checksum"])}
