"""Schema drift on PostgreSQL, MariaDB and SQLite: what changed is named, once, and nothing new is pulled."""

import json
import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL
from typer.testing import CliRunner

from rekisteri import connections, drift, extraction, extracts, paths, pulls, statements
from rekisteri.cli import app
from rekisteri.drift import reads
from rekisteri.drift.comparison import Change
from rekisteri.embedded import secrets
from rekisteri.errors import PolicyError, SourceError
from rekisteri.nights import ingest
from rekisteri.origins import catalog
from rekisteri.origins.catalog import Table
from rekisteri.origins.generic import Generic
from rekisteri.staging import staged
from tests.airflow.conftest import Sink
from tests.airflow.test_notices import sink  # noqa: F401
from tests.mariadb import Server
from tests.origins.conftest import KINDS, Place, opened, postgres  # noqa: F401

FIRST = date(2026, 11, 1)
SECRET = "Kuusikallio"
PERSON = "select id as source_key, label as full_name, mail as email\nfrom contact\n"
POLICY = """
sources:
  desk:
    title: Desk
    connection: origin_tried
    dialect: {dialect}
    controller: praecom
    processor: palvelupiste
    location: FI
"""
BEFORE = "id varchar(20), label varchar(40), mail varchar(80), size_code int, colour varchar(10)"
AFTER = "id varchar(20), label varchar(40), mail varchar(80), size_code bigint, henkilotunnus varchar(11), shade int"


@dataclass
class Desk:
    """A small source, looked at night by night."""

    place: Place
    warehouse: psycopg.Connection[Any]
    nights: int = field(default=0)

    def look(self) -> list[Change]:
        """Look at it in a further night; return what changed."""
        night = FIRST + timedelta(days=self.nights)
        self.nights += 1
        pull_id = pulls.begin(self.warehouse, "desk", night, f"run {self.nights}")
        return drift.look(self.warehouse, pulls.get(self.warehouse, pull_id))

    def entries(self) -> list[dict[str, Any]]:
        """Return the numbers of the evidence of each look."""
        query = "select numbers from audit.entry where kind = 'schema_drift' and source = 'desk' order by seq"
        return [row[0] for row in self.warehouse.execute(query)]


@pytest.fixture
def include(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project's include/ with no source."""
    folder = tmp_path / "include"
    shutil.copytree(paths.INCLUDE, folder)
    shutil.rmtree(folder / "sql" / "extract")
    (folder / "sql" / "extract" / "desk").mkdir(parents=True)
    (folder / "sql" / "extract" / "desk" / "person.sql").write_text(PERSON, encoding="utf-8")
    (folder / "policy" / "sources.yaml").write_text(POLICY.format(dialect="postgresql"), encoding="utf-8")
    monkeypatch.setattr(paths, "SQL", folder / "sql")
    monkeypatch.setattr(paths, "POLICY", folder / "policy")
    monkeypatch.setattr(paths, "PROJECT", tmp_path)
    statements.text.cache_clear()
    yield folder
    statements.text.cache_clear()


@pytest.fixture(params=KINDS)
def desk(
    request: pytest.FixtureRequest, home: Path, include: Path, warehouse: psycopg.Connection[Any], tmp_path: Path
) -> Iterator[Desk]:
    """The source in a database of each kind in turn, with one contact."""
    with opened(request.param, home, tmp_path, lambda: request.getfixturevalue("mariadb")) as place:
        (include / "policy" / "sources.yaml").write_text(POLICY.format(dialect=place.dialect), encoding="utf-8")
        place.fill("contact", BEFORE, [("1", SECRET, None, 3, "red")])
        yield Desk(place, warehouse)


@pytest.fixture
def pg_desk(include: Path, warehouse: psycopg.Connection[Any], postgres: Place) -> Desk:  # noqa: F811
    """The source in PostgreSQL."""
    postgres.fill("contact", BEFORE, [("1", SECRET, None, 3, "red")])
    return Desk(postgres, warehouse)


def rekisteri(*words: str) -> Any:
    return CliRunner().invoke(app, ["source", "drift", *words])


# The night's look.


def test_the_first_night_remembers_and_reports_nothing(desk: Desk) -> None:
    assert desk.look() == []
    kept = desk.warehouse.execute("select column_name from staging.source_column where table_name = 'contact'")
    assert {row[0] for row in kept} == {"id", "label", "mail", "size_code", "colour"}
    assert desk.look() == []
    assert [(e["read"], e["tables"], e["columns"], e["new"]) for e in desk.entries()] == [(True, 1, 5, 0)] * 2


def test_new_dropped_and_retyped_columns_are_named_once(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.look()
    desk.place.fill("contact", AFTER, [("1", SECRET, None, 3, "131052-308T", 1)])
    with caplog.at_level(logging.WARNING):
        found = {(change.what, change.column_name): change for change in desk.look()}
    assert set(found) == {("new", "henkilotunnus"), ("new", "shade"), ("retyped", "size_code"), ("dropped", "colour")}
    assert found["new", "henkilotunnus"].looks_like == "identity code"
    assert found["new", "shade"].looks_like is None
    retyped = found["retyped", "size_code"]
    assert (str(retyped.type_before).lower()[:3], str(retyped.type_now).lower()[:6]) == ("int", "bigint")
    assert {change.used_by for change in found.values()} == {()}
    assert "contact has a new column henkilotunnus (" in caplog.text
    assert "looks like personal data (identity code); it is not pulled" in caplog.text
    assert SECRET not in caplog.text
    said = desk.entries()[-1]
    assert [said[name] for name in ("columns", "new", "dropped", "retyped", "personal")] == [6, 2, 1, 1, 1]
    assert desk.look() == []


def test_a_new_column_is_not_pulled(desk: Desk) -> None:
    desk.place.fill("contact", BEFORE, [("1", SECRET, None, 3, "red")])
    ingest.open_pull("desk", FIRST, "first")
    desk.place.fill("contact", AFTER, [("1", SECRET, None, 3, "131052-308T", 1)])
    pull_id = ingest.open_pull("desk", FIRST, "second")
    assert desk.entries()[-1]["new"] == 2
    assert extraction.extract(pull_id) == {"person": 1}
    came = desk.warehouse.execute(SQL("select * from {}").format(staged("desk", "person")))
    assert [column.name for column in came.description or ()] == ["_row", "source_key", "full_name", "email"]
    assert came.fetchall() == [(1, "1", SECRET, None)]


def test_a_column_that_a_select_uses_is_named_with_the_select_before_the_pull_fails(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.look()
    desk.place.fill("contact", BEFORE.replace("mail varchar(80)", "post varchar(80)"), [])
    with caplog.at_level(logging.WARNING):
        pull_id = ingest.open_pull("desk", FIRST + timedelta(days=1), "next")
    sentence = "has lost its column mail (varchar(80)); include/sql/extract/desk/person.sql uses it: the pull fails"
    assert sentence.lower() in caplog.text.lower().replace("character varying", "varchar")
    with pytest.raises(SourceError, match="person"):
        extraction.extract(pull_id)


def test_a_table_that_goes_and_comes_back_is_said_once_each(desk: Desk) -> None:
    desk.look()
    desk.place.run("drop table contact")
    assert [(c.what, c.used_by) for c in desk.look()] == [("dropped_table", ("person",))]
    assert desk.look() == []
    desk.place.fill("contact", BEFORE + ", hetu varchar(11)", [])
    found = [(change.what, change.column_name, change.looks_like) for change in desk.look()]
    assert found == [("new_table", None, None), ("new", "hetu", "identity code")]
    assert desk.look() == []
    assert desk.entries()[1]["dropped_table"] == desk.entries()[3]["new_table"] == 1


def test_a_task_that_is_run_again_says_it_once(desk: Desk) -> None:
    ingest.open_pull("desk", FIRST, "first")
    desk.place.fill("contact", AFTER, [])
    for _ in range(2):
        ingest.open_pull("desk", FIRST + timedelta(days=1), "second")
    assert [entry["new"] for entry in desk.entries()] == [0, 2]
    assert desk.warehouse.execute("select count(*) from staging.source_change").fetchone() == (4,)


def test_a_table_of_a_new_select_is_said_and_one_that_no_select_reads_is_forgotten(desk: Desk, include: Path) -> None:
    desk.look()
    desk.place.fill("other", "id varchar(20), hetu varchar(11)", [])
    (include / "sql/extract/desk/person.sql").write_text(PERSON.replace("from contact", "from other"))
    assert [(c.what, c.table_name, c.column_name) for c in desk.look()] == [("new_table", "other", None)]
    kept = desk.warehouse.execute("select distinct table_name from staging.source_column").fetchall()
    assert kept == [("other",)]


# A catalog that cannot be read.


def test_a_source_whose_catalog_cannot_be_read_holds_back_nothing_and_is_said_so(desk: Desk, home: Path) -> None:
    desk.look()
    known = secrets.read(home, "connections.json")
    away = {"sqlite": "sqlite:////nowhere/at.db"}.get(desk.place.dialect, f"{desk.place.dialect}://x:y@127.0.0.1:1/z")
    secrets.write(home, "connections.json", known | {"origin_tried": away})
    pull_id = ingest.open_pull("desk", FIRST + timedelta(days=1), "down")
    assert pulls.get(desk.warehouse, pull_id).state == "admitted"
    assert desk.entries()[-1] == {"read": False}
    said = rekisteri("desk").output
    assert "desk: its catalog could not be read on 2026-11-02 (SourceDown); it was last read on 2026-11-01" in said
    # What changed meanwhile is found when it can be read again, and not what was merely not seen.
    secrets.write(home, "connections.json", known)
    desk.place.fill("contact", AFTER, [])
    desk.nights += 1
    assert len(desk.look()) == 4
    assert "2026-11-03, since 2026-11-01: desk: contact has a new column henkilotunnus" in rekisteri("desk").output


def test_a_policy_that_cannot_be_read_stops_the_pull(pg_desk: Desk, include: Path) -> None:
    (include / "policy" / "personal_names.yaml").write_text("kind: {}\n", encoding="utf-8")
    with pytest.raises(PolicyError, match=r"personal_names.yaml:1: unknown key 'kind'"):
        ingest.open_pull("desk", FIRST, "first")


def test_a_source_outside_the_eea_is_not_looked_at(pg_desk: Desk, include: Path) -> None:
    policy = include / "policy" / "sources.yaml"
    policy.write_text(policy.read_text(encoding="utf-8").replace("location: FI", "location: US"), encoding="utf-8")
    with pytest.raises(Exception, match="outside"):
        ingest.open_pull("desk", FIRST, "first")
    assert pg_desk.entries() == []


# Rights, schemas and names.


def test_postgresql_shows_columns_that_the_login_may_not_read(pg_desk: Desk) -> None:
    run = pg_desk.place.run
    run("revoke select on contact from origin_reader")
    run("grant select (id, label, mail) on contact to origin_reader")
    pg_desk.look()
    run("alter table contact add column photo bytea")
    run("alter table contact alter column mail type varchar(90)")
    found = {(c.what, c.column_name, c.type_before, c.type_now, c.looks_like, c.used_by) for c in pg_desk.look()}
    assert found == {
        ("new", "photo", None, "bytea", "picture", ()),
        ("retyped", "mail", "character varying(80)", "character varying(90)", None, ("person",)),
    }


def test_names_are_found_as_the_source_keeps_them(pg_desk: Desk, include: Path) -> None:
    run = pg_desk.place.run
    run('create schema "Crm ""X"""')
    run('create table "Crm ""X"""."Contacts" (id int, "Full Name" text, "Mail" text)')
    run('grant usage on schema "Crm ""X""" to origin_reader')
    select = 'select ID as source_key, "Full Name" as full_name, "Mail" as email from "Crm ""X"""."Contacts"\n'
    (include / "sql/extract/desk/person.sql").write_text(select, encoding="utf-8")
    pg_desk.look()
    assert pg_desk.entries()[-1]["columns"] == 3
    run('alter table "Crm ""X"""."Contacts" rename column "Mail" to "Post"')
    assert {(c.what, c.column_name, c.used_by) for c in pg_desk.look()} == {
        ("dropped", "Mail", ("person",)),
        ("new", "Post", ()),
    }


def test_mariadb_shows_what_the_login_has_a_right_on(
    include: Path, home: Path, warehouse: psycopg.Connection[Any], tmp_path: Path, mariadb: Server
) -> None:
    with opened("mariadb", home, tmp_path, lambda: mariadb) as place:
        (include / "policy" / "sources.yaml").write_text(POLICY.format(dialect="mysql"), encoding="utf-8")
        place.fill("contact", BEFORE, [])
        place.run("revoke select on origin.* from origin_reader@localhost")
        place.run("grant select (id, label, mail) on origin.contact to origin_reader@localhost")
        desk = Desk(place, warehouse)
        desk.look()
        assert desk.entries()[-1]["columns"] == 3
        place.run("alter table contact add column hetu varchar(11)")
        assert desk.look() == []


def test_any_other_dialect_is_asked_through_sqlalchemy(postgres: Place) -> None:  # noqa: F811
    postgres.fill("contact", BEFORE, [])
    postgres.run("create view seen as select id from contact")
    postgres.run("grant select on seen to origin_reader")
    origin = Generic(postgres.entry(dialect="postgresql+psycopg"))
    try:
        tables = [Table("", "contact"), Table("public", "seen"), Table("", "nothing")]
        found = catalog._inspected(origin, tables)
        assert {str(table): list(columns) for table, columns in found.items()} == {
            "contact": ["id", "label", "mail", "size_code", "colour"],
            "public.seen": ["id"],
        }
        assert found[tables[0]]["label"] == "VARCHAR(40)"
        # The pull goes on in the same transaction.
        assert origin.columns("select id from contact") == ["id"]
    finally:
        origin.close()


READ = [
    ("select id as source_key from crm.people", {"crm.people": {"id"}}),
    ("select p.id as source_key, q.x from crm.people p join Q q on q.id = p.qid",
     {"crm.people": {"id", "qid"}, "q": {"x", "id"}}),
    ("with people as (select id from crm.people) select id as source_key from people", {"crm.people": {"id"}}),
    ("select id as source_key, (select max(v.t) from visit v where v.pid = people.id) as x from people",
     {"people": {"id"}, "visit": {"t", "pid"}}),
    ("with a as (select id from t union all select nr from u) select id as source_key from a",
     {"t": {"id"}, "u": {"nr"}}),
    ("select g as source_key from generate_series(1, 3) as g", {}),
    ('select "Id" as source_key from "Big"', {"Big": {"id"}}),
]  # fmt: skip


@pytest.mark.parametrize(("query", "wanted"), READ)
def test_what_a_select_reads(include: Path, query: str, wanted: dict[str, set[str]]) -> None:
    (include / "sql/extract/desk/person.sql").write_text(query, encoding="utf-8")
    found = {str(table): set(reading.columns) for table, reading in reads.tables("desk").items()}
    assert found == wanted


def test_tables_of_mysql_keep_their_case(include: Path) -> None:
    (include / "policy" / "sources.yaml").write_text(POLICY.format(dialect="mysql"), encoding="utf-8")
    (include / "sql/extract/desk/person.sql").write_text(PERSON.replace("contact", "Shop.Contact"), encoding="utf-8")
    assert list(reads.tables("desk")) == [Table("Shop", "Contact")]


# Who is told.


def test_a_mail_names_what_changed_and_no_value(pg_desk: Desk, sink: Sink) -> None:  # noqa: F811
    pg_desk.look()
    assert sink.mails == []
    pg_desk.place.fill("contact", AFTER, [("1", SECRET, None, 3, "131052-308T", 1)])
    pg_desk.look()
    (mail,) = sink.mails
    assert mail["Subject"] == "rekisteri: the tables of desk changed"
    body = mail.get_body(("html",))
    assert body is not None
    assert "henkilotunnus (character varying(11)), which looks like personal data" in body.get_content()
    assert SECRET not in body.get_content()


def test_an_officer_lists_and_takes_note(pg_desk: Desk) -> None:
    assert "no source was looked at yet" in rekisteri().output
    pg_desk.look()
    assert "Nothing changed that nobody has taken note of." in rekisteri().output
    pg_desk.place.fill("contact", AFTER, [])
    pg_desk.look()
    assert "desk: contact.size_code was integer, it is bigint; no SELECT uses it" in rekisteri("desk").output
    assert rekisteri("--seen").exit_code == 2
    refused = rekisteri("--seen", "--staff", "dpo@praecom.fi")
    assert refused.exit_code == 1
    listed = json.loads(rekisteri("--json").output)
    assert [(one["what"], one["seen_on"]) for one in listed["changes"]] == [
        ("retyped", None), ("new", None), ("new", None), ("dropped", None)
    ]  # fmt: skip
    assert "dpo has taken note." in rekisteri("desk", "--seen", "--staff", "dpo").output
    assert json.loads(rekisteri("--json").output)["changes"] == []
    assert "[dpo took note on " in rekisteri("--all").output
    noted = "select staff, numbers from audit.entry where kind = 'schema_drift_seen'"
    assert pg_desk.warehouse.execute(noted).fetchall() == [("dpo", {"changes": 4})]
    assert rekisteri("nosuch").exit_code == 1


def test_the_officers_login_may_take_note_and_change_nothing_else(pg_desk: Desk) -> None:
    pg_desk.look()
    with connections.connect("warehouse_dpo", autocommit=True) as conn:
        for statement in (
            "update staging.source_change set what = 'new'",
            "delete from staging.source_change",
            "select from staging.source_column",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(statement)


def test_the_demonstrations_selects_read_what_is_looked_at() -> None:
    assert extracts.check() == []
    assert [str(table) for table in reads.tables("billing")] == [
        "laskutus.asiakas", "laskutus.osoite", "laskutus.laskutustapa", "laskutus.lasku", "laskutus.perinta"
    ]  # fmt: skip
