"""Suppression: the rows that a tombstone, their own or their parent's, keeps out of the register."""

from collections.abc import Collection
from typing import Any

import psycopg
from psycopg.sql import SQL, Composable, Identifier, Literal

from rekisteri.conforming import IDENTIFIERS
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.pulls import Pull
from rekisteri.staging import registered, renew, staged
from rekisteri.statements import load


def suppress(
    conn: psycopg.Connection[Any], pull: Pull, entity: str, names: list[str], delivered: Collection[str]
) -> None:
    """Mark the checked rows that a tombstone, their own or their parent's, keeps out of the register.

    Args:
        conn: the warehouse.
        pull: the pull.
        entity: whose rows.
        names: its columns that were pulled.
        delivered: the entities of which the pull read anything.
    """
    said = pulled_columns(ENTITIES[entity])
    made = {
        "suppressed": staged(pull.source, entity, "suppressed"),
        "checked": staged(pull.source, entity, "checked"),
        "register": registered(entity),
    }
    renew(conn, made["suppressed"], SQL("_row bigint primary key, cause text"))
    renew(conn, staged(pull.source, entity, "refused"), SQL("_row bigint primary key, gate text, rules text[]"))
    identifiers = [n for n in names if said[n].format in IDENTIFIERS]
    # A customer's billing contact is no subject of its own: the billing profile follows its customer.
    if identifiers and not any(d.references for d in said.values()):
        tokens = SQL(", ").join(
            SQL("({}, checked.{})").format(Literal(said[n].format), Identifier(f"{n}__token")) for n in identifiers
        )
        conn.execute(load("pull/suppress_identifier", tokens=tokens, **made), {"source": pull.source})
    for name in (n for n in names if said[n].references):
        parent = str(said[name].references)
        also = _suppressed_keys(pull.source, parent) if parent in delivered else SQL("")
        conn.execute(
            load("pull/suppress_parent", column=Identifier(name), suppressed_parents=also, **made),
            {"source": pull.source, "parent": parent},
        )
    anything = conn.execute(SQL("select exists (select from {})").format(made["suppressed"])).fetchone()
    if anything and anything[0]:
        conn.execute(load("pull/suppress_copies", checked=made["checked"], suppressed=made["suppressed"]))


def _suppressed_keys(source: str, parent: str) -> Composable:
    return SQL(
        "union all select parent.source_key from {checked} as parent "
        "inner join {suppressed} as gone on parent._row = gone._row"
    ).format(checked=staged(source, parent, "checked"), suppressed=staged(source, parent, "suppressed"))
