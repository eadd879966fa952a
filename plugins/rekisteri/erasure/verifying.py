"""Looks again, after an erasure, in every place where an erased record could still be; then writes the certificate."""

from datetime import date
from typing import Any

import psycopg
from psycopg.rows import dict_row

from rekisteri import audit, pulls, retention
from rekisteri.erasure import media, planning
from rekisteri.errors import ErasureRefused
from rekisteri.model import ENTITIES
from rekisteri.statements import load


def verify(
    conn: psycopg.Connection[Any], checksum: str, stores: media.Stores | None = None, night: date | None = None
) -> dict[str, int]:
    """Look for what a plan erased, and write that it is gone.

    Args:
        conn: the pipeline's connection to the warehouse, with no transaction open.
        checksum: the plan's.
        stores: source to the folder of its object store.
        night: the night, for the audit.

    Returns:
        Records erased and restricted, and media files that were looked for.

    Raises:
        ErasureRefused: the plan was not erased, a store is not there, or something is still held; no certificate.
    """
    with pulls.without_values("check of an erasure"):
        with conn.transaction():
            seen = _verify(conn, checksum, stores or {})
            conn.execute(load("erasure/forget_media"), {"checksum": checksum})
            entry = audit.Entry("erasure_verified", night=night, plan_checksum=checksum, numbers=seen)
            audit.record_many(conn, [entry])
        audit.keep_head(conn)
    return seen


def _verify(conn: psycopg.Connection[Any], checksum: str, stores: media.Stores) -> dict[str, int]:
    conn.execute(load("erasure/lock"))
    values = {"checksum": checksum}
    state = conn.execute(load("erasure/plan_state"), values).fetchone()
    with conn.cursor(row_factory=dict_row) as cursor:
        found: dict[str, int] = cursor.execute(load("erasure/done_items"), values).fetchone() or {}
    if state is None or (state[0] != "erased" and not found.get("erased") and not found.get("restricted")):
        raise ErasureRefused(f"plan {checksum[:12]} was not erased, so there is nothing to certify; run erase first")
    counts = {name: found.pop(name) for name in ("erased", "restricted")}
    for entity in ENTITIES:
        statement = load("erasure/remaining_rows", register=retention.register(entity))
        found[entity] = planning.one(conn.execute(statement, values | {"entity": entity}))[0]
    gone = conn.execute(load("erasure/deleted_media"), values).fetchall()
    found["media"] = sum(place.is_symlink() or place.exists() for place in media.places(stores, gone))
    if remaining := ", ".join(f"{name} {n}" for name, n in found.items() if n):
        raise ErasureRefused(
            f"plan {checksum[:12]} is not fully erased: still found {remaining}; no certificate was written. See "
            "whether a restore, or a write past the pipeline, came after the erasure; let plan_erasure plan it anew"
        )
    return counts | {"media": len(gone)}
