"""The demo's three sources as tables of the register's own columns, so that a test says in those what is wrong."""

import shutil
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from rekisteri import connections, extraction, extracts, merging, paths, quality, recount, sources, statements
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.nights import ingest
from rekisteri.residency import gate

NIGHT = date(2026, 11, 1)
SOURCES = ("crm", "service_desk", "billing")
Row = dict[str, str | None]

SOUND: dict[str, Row] = {
    "customer": {"kind": "company", "name": "Harmaahaikara Oy", "email": "info@haikara.example"},
    "person": {"full_name": "Siiri Haukkaniemi", "email": "siiri@haikara.example", "phone": "011 123 4567"},
    "contact_role": {"role": "contact", "position": "johtaja"},
    "user_account": {"user_id": "siiri", "opened_on": "2021-03-01", "closed_on": "2024-03-01"},
    "address": {"kind": "use", "street": "Usvapolku 1", "postal_code": "01670", "city": "Vantaa", "country": "FI"},
    "marketing_permission": {
        "channel": "email",
        "allowed": "true",
        "basis": "consent",
        "given_on": "2022-03-01",
        "withdrawn_on": "2022-03-01",
    },
    "transfer_consent": {"country": "US", "valid_from": "2024-03-01", "valid_to": "2027-03-01"},
    "prospect": {"full_name": "Onni Toive", "ground": "asked_for_offer", "noted_on": "2025-03-01"},
    "contract": {"contract_number": "S-1", "kind": "cloud", "started_on": "2020-03-01", "ended_on": "2030-03-01"},
    "service": {"product": "levytila", "opened_on": "2020-03-01", "delivered_from": "Suomi"},
    "device": {"model": "kannettava", "in_use_from": "2022-03-01", "in_use_until": "2022-03-01"},
    "order": {"ordered_on": "2024-03-01", "delivered_on": "2024-03-08", "value": "120.50"},
    "event": {"happened_at": "2024-03-01 10:00:00+02", "kind": "contact", "summary": "soitto"},
    "feedback": {"given_on": "2024-03-01", "score": "9", "comment": "kiitos"},
    "derived_profile": {"segment": "steady", "computed_on": "2026-10-01"},
    "billing_profile": {"method": "paper", "iban": "FI2112345600000785"},
    "invoice": {
        "invoice_number": "1001",
        "reference": "1232",
        "kind": "invoice",
        "issued_on": "2024-03-01",
        "due_on": "2024-03-15",
        "amount": "1240.00",
    },
    "collection": {"stage": "reminder", "started_on": "2024-04-01", "closed_on": "2024-05-01"},
    "case": {
        "opened_at": "2024-03-01 10:00:00",
        "closed_at": "2024-03-01 12:00:00",
        "category": "network",
        "severity": "low",
        "title": "verkko",
    },
    "message": {"sent_at": "2024-03-01 10:05:00", "channel": "email", "body": "Hei"},
    "recording": {
        "recorded_at": "2024-03-01 10:05:00",
        "kind": "call",
        "media": "calls/1.wav",
        "provider": "upcloud",
        "storage_region": "fi-hel1",
        "seconds": "120",
    },
}
"""A sound row of each entity, but for its key and references; dates as ISO writes them, sums with a point."""


@dataclass
class Mirror:
    """The three sources, each with one sound row of every entity, and the nights on them."""

    conn: psycopg.Connection[Any]
    warehouse: psycopg.Connection[Any]
    nights: int = field(default=0)

    def add(self, source: str, entity: str, key: str, changes: Row) -> None:
        """Add a sound row, but for what is said otherwise; the values in the source's own spelling."""
        self.add_many(source, entity, [(key, changes)])

    def add_many(self, source: str, entity: str, rows: list[tuple[str, Row]]) -> None:
        """Add sound rows, but for what is said of each."""
        names, base = extracts.columns(source, entity), sound(source, entity)
        table = sql.Identifier(source, entity)
        with self.conn.cursor().copy(sql.SQL("copy {} from stdin").format(table)) as copy:
            for key, changes in rows:
                assert set(changes) <= set(names), f"{source} selects no {set(changes) - set(names)} of {entity}"
                row = base | {"source_key": key} | changes
                copy.write_row([row.get(name) for name in names])

    def night(self, source: str) -> dict[str, dict[str, int]]:
        """Pull a source once; return its books by entity."""
        self.nights += 1
        pull_id = ingest.open_pull(source, NIGHT, f"run {self.nights}", accepted=["vanished", "volume", "nulls"])
        for step in (extraction.extract, ingest.conform, quality.check_quality, gate.check_locations, merging.merge):
            step(pull_id)
        recount.recount(pull_id)
        found = self.warehouse.execute(
            "select entity, numbers from audit.entry where kind = 'books' and pull_id = %s order by seq", (pull_id,)
        )
        return dict(found.fetchall())

    def refused(self) -> dict[tuple[str, str, str | None], list[str]]:
        """Return what waits in quarantine: (source, entity, source key) to rules."""
        found = self.warehouse.execute("select source, entity, source_key, rules from quarantine.row")
        return {(source, entity, key): sorted(rules) for source, entity, key, rules in found}

    def held(self, source: str, entity: str) -> set[str]:
        """Return the keys that the register holds."""
        query = sql.SQL("select source_key from {} where source = %s").format(sql.Identifier("register", entity))
        return {row[0] for row in self.warehouse.execute(query, (source,))}


def sound(source: str, entity: str) -> Row:
    """Return a sound row of an entity as a source spells it; its references lead to the sound row of each parent."""
    said, entry = pulled_columns(ENTITIES[entity]), sources.named(source)
    row: Row = {}
    for name in extracts.columns(source, entity):
        value = "sound" if said[name].references else SOUND[entity].get(name)
        if value and said[name].format == "date" and entry.date:
            value = date.fromisoformat(value).strftime(entry.date)
        if value and said[name].format == "money":
            value = value.replace(".", entry.decimal)
        row[name] = value
    return row | {"source_key": "sound"}


def make(warehouse: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mirror:
    """Make the three sources anew in the demo's CRM server; their SELECTs deliver the columns that the demo's do."""
    wanted = {s: {e: extracts.columns(s, e) for e in sources.entities(s)} for s in SOURCES}
    include = tmp_path / "include"
    shutil.copytree(paths.INCLUDE, include)
    file = include / "policy" / "sources.yaml"
    text = file.read_text(encoding="utf-8")
    for source in SOURCES:
        text = text.replace(f"connection: {source}\n", "connection: demo_crm\n")
    file.write_text(text, encoding="utf-8")
    conn = connections.connect("demo_crm", autocommit=True)
    # The demo's own CRM goes: whoever wants it next must not find it said that it is loaded.
    conn.execute("drop schema if exists demo cascade")
    for source, entities in wanted.items():
        conn.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(source)))
        conn.execute(sql.SQL("create schema {}").format(sql.Identifier(source)))
        for entity, names in entities.items():
            columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(n)) for n in names)
            conn.execute(sql.SQL("create table {} ({})").format(sql.Identifier(source, entity), columns))
            listed = ",\n    ".join(f'"{name}"' for name in names)
            path = include / "sql" / "extract" / source / f"{entity}.sql"
            path.write_text(f'select\n    {listed}\nfrom {source}."{entity}"\n', encoding="utf-8")
    monkeypatch.setattr(paths, "SQL", include / "sql")
    monkeypatch.setattr(paths, "POLICY", include / "policy")
    monkeypatch.setattr(paths, "EXPECTATIONS", include / "expectations")
    monkeypatch.setattr(paths, "PROJECT", tmp_path)
    statements.text.cache_clear()
    made = Mirror(conn, warehouse)
    for source, entities in wanted.items():
        for entity in entities:
            made.add(source, entity, "sound", {})
    return made


def clear(mirror: Mirror) -> None:
    """Take the sources away again."""
    for source in SOURCES:
        mirror.conn.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(source)))
    mirror.conn.close()
    statements.text.cache_clear()
