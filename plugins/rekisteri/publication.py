"""Publishing: analyst tables of pseudonymised, generalised rows of groups of k subjects or more, behind views.

``publish`` makes the next version of every table and swaps the views, in one transaction. Whoever is due for erasure,
restricted or gone at the source is left out; so are rows of small groups; both are counted. Earlier versions go in
the same transaction: an erased subject's rows must not outlive the erasure in them.

What this does not stop: an analyst who keeps a copy can compare it with the next version, and sees which rows went.
Against that stand the analysts' terms of use, not this module.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row, tuple_row

from rekisteri import audit, pseudonyms
from rekisteri.errors import PolicyError, WarehouseError
from rekisteri.publication_policy import AnalystTable, Publication, check, declared
from rekisteri.residency import admission, sites
from rekisteri.statements import load

DOMAIN = "analytics"
_SCHEMA = "analytics"

__all__ = ["Published", "check", "publish"]


@dataclass(frozen=True)
class Published:
    """A version of an analyst table: its rows, and the rows left out with their cause."""

    table: str
    version: int
    rows: int
    left_out_due: int
    left_out_small: int


def publish(conn: psycopg.Connection[Any], night: date) -> list[Published]:
    """Publish every analyst table anew, in one transaction; unchanged data gives the same rows.

    Args:
        conn: the pipeline's connection to the warehouse, not inside a transaction of another isolation level.
        night: the night that the tables belong to.

    Raises:
        PolicyError: a table is not as publication.yaml and the register's model say.
        ResidencyRefused: the place of the analyst tables is outside the EU/EEA or not declared.
        WarehouseError: a row's subject has no pseudonym.
    """
    if faults := check():
        raise PolicyError("\n".join(faults))
    policy = declared()
    admission.admit_destination(conn, sites.ANALYST_TABLES, night)
    with conn.transaction():
        conn.execute(load("publish/lock"))
        conn.execute(load("publish/whole_tables"))
        done = [_publish(conn, name, table, policy) for name, table in policy.tables.items()]
        for made in done:
            _note(conn, night, made, policy.k)
        # Last: the evidence's chain stays locked until the transaction ends.
        for made in done:
            audit.record(
                conn, "published", night=night, entity=made.table, version=made.version, rows=made.rows,
                left_out_due=made.left_out_due, left_out_small=made.left_out_small, k=policy.k,
            )  # fmt: skip
    return done


def _publish(conn: psycopg.Connection[Any], name: str, table: AnalystTable, policy: Publication) -> Published:
    with conn.cursor(row_factory=tuple_row) as cursor:
        version = int(cursor.execute(load("publish/next_version"), {"table_name": name}).fetchone()[0])  # type: ignore[index]
        earlier = [row[0] for row in cursor.execute(load("publish/versions"), {"table_name": name})]
    bound = {
        "domain": DOMAIN,
        "key_version": pseudonyms.KEY_VERSION,
        "precedence": list(policy.precedence),
        "k": policy.k,
    }
    into, columns = sql.Identifier(_SCHEMA, f"{name}_{version}"), _list(table.columns)
    rows = load(f"publish/{name}")
    conn.execute(load("publish/make", table=into, columns=columns, rows=rows), bound)
    fill = load(
        "publish/fill", table=into, columns=columns, rows=rows,
        subject=sql.Identifier(table.subject), judged=_judged(table),
    )  # fmt: skip
    with conn.cursor(row_factory=dict_row) as cursor:
        counted = cursor.execute(fill, bound).fetchone() or {}
    _balanced(name, counted)
    _show(conn, name, into, columns)
    for old in earlier:
        conn.execute(load("publish/drop_version", table=sql.Identifier(_SCHEMA, old)))
    return Published(name, version, *(counted[n] for n in ("rows", "left_out_due", "left_out_small")))


def _list(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _judged(table: AnalystTable) -> sql.Composed:
    """Return the SELECT over ``usable`` that coarsens small groups step by step and counts each group's subjects."""
    columns = _list(table.columns)
    quasi = _list(table.quasi_identifiers)
    subject = sql.Identifier(table.subject)
    rows = sql.SQL("select {} from usable").format(columns)
    for step in table.coarsen:
        rows = load(
            "publish/coarsened",
            others=_list(name for name in table.columns if name != step.column),
            column=sql.Identifier(step.column),
            keep=sql.Literal(step.keep),
            counted=load("publish/counted", columns=columns, quasi=quasi, subject=subject, rows=rows),
        )
    return load("publish/counted", columns=columns, quasi=quasi, subject=subject, rows=rows)


def _balanced(name: str, counted: dict[str, int]) -> None:
    if counted["nameless"]:
        raise WarehouseError(
            f"analyst table {name}: {counted['nameless']} row(s) have a subject without pseudonym, or no subject; "
            "link the subjects and assign pseudonyms first (DAG pseudonymize)"
        )
    if counted["offered"] != counted["rows"] + counted["left_out_due"] + counted["left_out_small"]:
        raise WarehouseError(f"analyst table {name}: rows offered are not published + left out; nothing was published")


def _show(conn: psycopg.Connection[Any], name: str, table: sql.Identifier, columns: sql.Composed) -> None:
    view = sql.Identifier(_SCHEMA, name)
    # Not `create or replace`: that refuses a column taken away, and the transaction hides the gap all the same.
    conn.execute(load("publish/drop_view", view=view))
    conn.execute(load("publish/make_view", view=view, table=table, columns=columns))
    conn.execute(load("publish/grant_view", view=view))


def _note(conn: psycopg.Connection[Any], night: date, made: Published, k: int) -> None:
    conn.execute(
        load("publish/note"),
        {
            "table_name": made.table,
            "version": made.version,
            "night": night,
            "rows": made.rows,
            "left_out_due": made.left_out_due,
            "left_out_small": made.left_out_small,
            "k": k,
        },
    )
