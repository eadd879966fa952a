"""Loading of the demo into its three databases by COPY, each in one transaction, with a stamp of what it is."""

import json
import os
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from rekisteri import paths, statements
from rekisteri.connections import connect
from rekisteri.demo import store
from rekisteri.demo.generate import Generated, generate
from rekisteri.demo.manifest import Manifest
from rekisteri.demo.rows import SCHEMAS, TABLES, Rows, columns
from rekisteri.demo.words import version
from rekisteri.errors import SourceError


def folder() -> Path:
    """Return the folder of the demo's own files."""
    return paths.home() / "demo"


def load(customers: int, seed: int, as_of: date) -> Manifest:
    """Load the three sources anew, unless exactly this demo is there already.

    Writes ``manifest.json`` and ``planted.json`` (for its owner only) and the object store below home()/demo.

    Args:
        customers: how many, 1 to 1,000,000.
        seed: of all chance in it.
        as_of: the demo's frozen date.

    Raises:
        SetupError: a connection ``demo_<source>`` or a data file is missing, or the number is out of range.
        SourceDown: a source's server does not answer.
        SourceError: the loading of a source stopped; its database is as before.
    """
    stamp = {"seed": seed, "customers": customers, "as_of": as_of, "version": version()}
    file = folder() / "manifest.json"
    if file.exists() and all(_loaded(source) == stamp for source in TABLES):
        return Manifest.from_listed(json.loads(file.read_text(encoding="utf-8")))
    made = generate(customers, seed, as_of)
    file.unlink(missing_ok=True)  # whatever stops the loading now, the next call begins anew
    for rows in made.sources.values():
        try:
            _fill(rows, stamp)
        except psycopg.Error as error:
            # The driver's text quotes the row.
            raise SourceError(
                f"loading the demo's {rows.source} stopped ({error.sqlstate or 'no answer'}); nothing of it was kept: "
                "see that the server runs and its disk has room, then load again"
            ) from None
    store.write(made.sources["service_desk"])
    _write(made)
    return made.manifest


def _loaded(source: str) -> dict[str, Any] | None:
    with connect(f"demo_{source}") as connection:
        if connection.execute(statements.load("demo/stamp_known")).fetchone() is None:
            return None
        cursor = connection.execute(statements.load("demo/stamp_read"))
        row = cursor.fetchone()
        return dict(zip(("seed", "customers", "as_of", "version"), row, strict=True)) if row else None


def _fill(rows: Rows, stamp: dict[str, Any]) -> None:
    source = rows.source
    reader = sql.Identifier(f"{source}_reader")
    with connect(f"demo_{source}") as connection:
        for name in (f"{source}/drop", "stamp_drop", f"{source}/make"):
            connection.execute(statements.load(f"demo/{name}"))
        for table in TABLES[source]:
            connection.execute(statements.load(f"demo/{source}/table_{table}"))
            _copy(connection, source, table, rows)
        for name in ("grant_usage", "grant_select"):
            connection.execute(statements.load(f"demo/{source}/{name}", reader=reader))
        for name in ("stamp_schema", "stamp_table"):
            connection.execute(statements.load(f"demo/{name}"))
        connection.execute(statements.load("demo/stamp_write"), stamp)


def _copy(connection: psycopg.Connection[Any], source: str, table: str, rows: Rows) -> None:
    places = sql.SQL(", ").join(map(sql.Identifier, columns(source, table)))
    target = sql.Identifier(SCHEMAS[source], table)
    statement = statements.load("demo/copy_rows", table=target, columns=places)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows.tables[table]:
            copy.write_row(row)


def _write(made: Generated) -> None:
    folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    _write_private(folder() / "planted.json", {name: sorted(values) for name, values in asdict(made.planted).items()})
    # The manifest comes last: without it the next call loads anew.
    _write_private(folder() / "manifest.json", made.manifest.listed())


def _write_private(file: Path, content: dict[str, Any]) -> None:
    part = file.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        json.dump(content, out, ensure_ascii=False, indent=1, sort_keys=True)
    part.replace(file)
