"""The transfer log: what a merge let lie outside the EU/EEA, on whose consent (GDPR Art. 49(1)(a))."""

from typing import Any

import psycopg
from psycopg.sql import SQL, Composable

from rekisteri import sources
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.pulls import Pull
from rekisteri.residency import consents
from rekisteri.staging import columns, is_there, registered, staged
from rekisteri.statements import load


def log(conn: psycopg.Connection[Any], pull: Pull) -> int:
    """Log the transfers of a pull, in the transaction that merges it; return how many, by record and person.

    Args:
        conn: the warehouse, in the merge's transaction, its rows merged.
        pull: a pull that the residency gate judged.
    """
    logged = 0
    for entity in filter(consents.location, sources.entities(pull.source)):
        names: dict[str, Composable] = {
            stage: staged(pull.source, entity, stage) for stage in ("consented", "checked", "refused")
        }
        if not is_there(conn, staged(pull.source, entity, "consented")):
            continue
        bound = {
            "source": pull.source, "entity": entity, "night": pull.night, "pull_id": pull.pull_id,
            "groups": _groups(columns(conn, pull.source, entity), entity),
        }  # fmt: skip
        statement = load("residency/log_transfers", register=registered(entity), **names)
        logged += conn.execute(statement, bound).rowcount
        conn.execute(SQL("drop table {}").format(names["consented"]))
    return logged


def _groups(pulled: list[str], entity: str) -> list[int]:
    """Return the groups of the register description that the pulled columns, but for the record's own key, are in."""
    said = pulled_columns(ENTITIES[entity])
    return sorted({group for name in pulled if name in said and name != "source_key" for group in said[name].groups})
