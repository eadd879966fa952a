"""A small foreign system, unlike the register, that tests fill as they like and pull as a night would."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from rekisteri import connections, extraction, merging, paths, quality, recount, statements
from rekisteri.nights import ingest
from rekisteri.residency import gate

NIGHT = date(2026, 11, 1)
TABLES = {
    "client": "no text, kind text, label text, bid text, mail text, tel text, since text, birth text",
    "deal": "no text, client text, ref text, sort text, starts text, ends text",
    "line": "no text, deal text, what text, opened text, cloud text, region text",
}
SELECTS = {
    "customer": "select no as source_key, kind, label as name, bid as y_tunnus, mail as email, tel as phone,\n"
    "    since as registered_on\nfrom client",
    "contract": "select no as source_key, client as customer_key, ref as contract_number, sort as kind,\n"
    "    starts as started_on, ends as ended_on\nfrom deal",
    "service": "select no as source_key, deal as contract_key, what as product, opened as opened_on,\n"
    "    cloud as provider, region as delivered_from\nfrom line",
}
POLICY = """
sources:
  shop:
    title: Shop
    connection: demo_crm
    controller: praecom
    processor: palvelupiste
    location: FI
    date: "%d.%m.%Y"
    phone_country: FI
"""


@dataclass
class Shop:
    """The foreign system and its nights."""

    conn: psycopg.Connection[Any]
    warehouse: psycopg.Connection[Any]
    nights: int = 0

    def client(self, no: str, **more: str | None) -> None:
        """Add a sound client, but for what is said otherwise."""
        self._add("client", {"no": no, "kind": "company", "label": f"Yhtiö {no}", "since": "1.2.2020"} | more)

    def deal(self, no: str, client: str, **more: str | None) -> None:
        """Add a sound deal, but for what is said otherwise."""
        self._add("deal", {"no": no, "client": client, "ref": f"S-{no}", "sort": "cloud", "starts": "1.3.2020"} | more)

    def line(self, no: str, deal: str, **more: str | None) -> None:
        """Add a sound line, but for what is said otherwise."""
        self._add("line", {"no": no, "deal": deal, "what": "levytila", "opened": "1.3.2020"} | more)

    def _add(self, table: str, row: dict[str, str | None]) -> None:
        names, places = ", ".join(row), ", ".join(["%s"] * len(row))
        self.conn.execute(f"insert into {table} ({names}) values ({places})", list(row.values()))

    def night(
        self,
        run_id: str = "",
        full: bool = False,
        vanished: bool = False,
        accepted: Sequence[str] = (),
        night: date | None = None,
    ) -> dict[str, dict[str, int]]:
        """Pull once, what changed or everything; return the books by entity."""
        self.nights += 1
        accepted = [*accepted, "vanished"] if vanished else accepted
        pull_id = ingest.open_pull("shop", night or NIGHT, run_id or f"run {self.nights}", full, accepted)
        for step in (extraction.extract, ingest.conform, quality.check_quality, gate.check_locations, merging.merge):
            step(pull_id)
        recount.recount(pull_id)
        return self.books(pull_id)

    def books(self, pull_id: str) -> dict[str, dict[str, int]]:
        """Return the last books of a pull."""
        found = self.warehouse.execute(
            "select entity, numbers from audit.entry where kind = 'books' and pull_id = %s order by seq", (pull_id,)
        )
        return dict(found.fetchall())

    def refused(self) -> dict[tuple[str, str], list[str]]:
        """Return what waits in quarantine: (entity, source key) to rules."""
        found = self.warehouse.execute("select entity, source_key, rules from quarantine.row")
        return {(e, k): rules for e, k, rules in found}

    def held(self, entity: str, *columns: str) -> dict[str, Any]:
        """Return the register's rows of an entity: source key to the columns asked for."""
        listed = ", ".join(("source_key", *columns))
        return {row[0]: row[1:] for row in self.warehouse.execute(f'select {listed} from register."{entity}"')}


@pytest.fixture
def shop(warehouse: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """The small foreign system, empty, declared by an entry and three SELECTs."""
    include = tmp_path / "include"
    shutil.copytree(paths.INCLUDE, include)
    shutil.rmtree(include / "sql" / "extract")
    (include / "sql" / "extract" / "shop").mkdir(parents=True)
    for entity, text in SELECTS.items():
        (include / "sql" / "extract" / "shop" / f"{entity}.sql").write_text(text + "\n", encoding="utf-8")
    (include / "policy" / "sources.yaml").write_text(POLICY, encoding="utf-8")
    monkeypatch.setattr(paths, "SQL", include / "sql")
    monkeypatch.setattr(paths, "POLICY", include / "policy")
    monkeypatch.setattr(paths, "EXPECTATIONS", include / "expectations")
    monkeypatch.setattr(paths, "PROJECT", tmp_path)
    statements.text.cache_clear()
    with connections.connect("demo_crm", autocommit=True) as conn:
        conn.execute("drop schema if exists shop cascade")
        conn.execute("create schema shop")
        conn.execute("alter role demo_owner in database crm set search_path = shop")
        conn.execute("set search_path = shop")
        for table, columns in TABLES.items():
            conn.execute(f"create table {table} ({columns})")
        yield Shop(conn, warehouse)
        conn.execute("drop schema shop cascade")
        conn.execute("alter role demo_owner in database crm reset search_path")
    statements.text.cache_clear()
