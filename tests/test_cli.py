"""The command: answers for people and machines, errors without a traceback, and a quick start."""

import json
import subprocess
import sys
from datetime import date
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from rekisteri import audit, retention, sources
from rekisteri.cli import app, erasing, night, reading, state
from rekisteri.errors import PolicyError

NIGHT = date(2026, 11, 1)
NUMBERS = {"read": 5, "merged": 2, "unchanged": 1, "quarantined": 1, "suppressed": 1, "balanced": True}


def _call(*words: str) -> tuple[int, Any]:
    answer = CliRunner().invoke(app, [*words, "--json"])
    return answer.exit_code, json.loads(answer.stdout)


def test_every_command_answers_in_json() -> None:
    heads = [("status",), ("check",), ("run",), ("demo",), ("clean",), ("audit", "verify"), ("residency", "explain")]
    heads += [("erasure", name) for name in ("plan", "show", "approve", "reject")]
    heads += [("hold", name) for name in ("place", "end", "list")]
    for words in heads:
        assert "--json" in CliRunner().invoke(app, [*words, "--help"]).stdout, words


def test_it_starts_without_the_heavy_libraries() -> None:
    code = "import sys, rekisteri.cli; sys.exit(bool({'airflow', 'pandas', 'psycopg', 'sqlglot'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert {app, erasing, night, reading, state}


def test_status_tells_the_last_night_of_each_source(warehouse: psycopg.Connection[Any]) -> None:
    for day, read in ((date(2026, 10, 31), 9), (NIGHT, 5)):
        for entity in ("customer", "person"):
            audit.record(warehouse, "books", night=day, source="crm", entity=entity, **NUMBERS | {"read": read})
    audit.record(warehouse, "books", night=date(2026, 10, 31), source="crm", entity="order", **NUMBERS)
    status, found = _call("status")
    assert status == 0
    assert [(b["entity"], b["night"], b["read"], b["balanced"]) for b in found["books"]] == [
        ("customer", "2026-11-01", 5, True),
        ("person", "2026-11-01", 5, True),
    ]
    people = CliRunner().invoke(app, ["status"])
    assert "customer" in people.stdout
    assert "2026-11-01" in people.stdout


def test_the_evidence_is_verified(warehouse: psycopg.Connection[Any], admin: psycopg.Connection[Any]) -> None:
    audit.record(warehouse, "books", night=NIGHT, source="crm", entity="customer", **NUMBERS)
    audit.keep_head(warehouse)
    assert _call("audit", "verify")[0] == 0
    admin.execute("set session_replication_role = replica")
    admin.execute("alter table audit.entry disable trigger all")
    admin.execute("update audit.entry set night = night + 1")
    status, found = _call("audit", "verify")
    assert status == 1
    assert found["findings"]


def test_check_collects_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "check", lambda: ["sources.yaml:3: wrong"])

    def unreadable() -> list[str]:
        raise PolicyError("retention.yaml:1: empty")

    monkeypatch.setattr(retention, "check", unreadable, raising=False)
    status, found = _call("check")
    assert status == 1
    assert {"sources.yaml:3: wrong", "retention.yaml:1: empty"} <= set(found["findings"])


def test_an_error_ends_it_with_its_message(warehouse: psycopg.Connection[Any]) -> None:
    answer = CliRunner().invoke(app, ["erasure", "show", "abc"])
    assert answer.exit_code == 1
    assert "begins so" in answer.stderr
    assert "Traceback" not in answer.output
    status, found = _call("erasure", "show", "abc")
    assert (status, found["error"]) == (1, "ErasureRefused")


def test_a_hold_is_placed_listed_and_ended(warehouse: psycopg.Connection[Any]) -> None:
    warehouse.execute(
        "insert into register.customer "
        "(source, source_key, controller, first_pull, changed_pull, content_hash, kind, name) "
        "values ('crm', 'C1', 'praecom', uuidv7(), uuidv7(), 'x', 'company', 'Nimi Oy')"
    )
    options = [
        "--source",
        "crm",
        "--entity",
        "customer",
        "--reason",
        "court_case",
        "--staff",
        "dpo1",
        "--start",
        "2026-10-01",
    ]
    assert _call("hold", "place", "matter-1", "--key", "C1", *options)[0] == 0
    assert _call("hold", "place", "matter-1", "--key", "nobody", *options)[0] == 1
    status, found = _call("hold", "list")
    assert (status, found[0]["name"], found[0]["held_until"]) == (0, "matter-1", None)
    assert _call("hold", "end", "matter-1", "--on", "2026-11-01") == (0, {"name": "matter-1", "records": 1})
    assert _call("hold", "end", "matter-2")[0] == 1


def test_a_location_is_explained() -> None:
    assert _call("residency", "explain", "eu-north-1", "--provider", "aws", "--on", "2026-11-01")[0] == 0
    status, found = _call("residency", "explain", "eu-west-2", "--provider", "aws")
    assert (status, found["inside"], found["country"]) == (1, False, "GB")


def test_plans_are_listed_by_ground(admin: psycopg.Connection[Any], warehouse: psycopg.Connection[Any]) -> None:
    checksum = "ab" * 32
    warehouse.execute(
        'insert into register.erasure_plan (checksum, night, erase, "restrict", keep, subjects) '
        "values (%s, %s, 1, 0, 0, 1)",
        (checksum, NIGHT),
    )
    warehouse.execute(
        "insert into register.erasure_item (checksum, source, entity, source_key, action, rule, ground) "
        "values (%s, 'crm', 'case', 'T1', 'erase', 'relationship', 'none')", (checksum,)
    )  # fmt: skip
    status, found = _call("erasure", "show", "abab")
    assert (status, found["items"][0]["source_key"], found["grounds"][0]["records"]) == (0, "T1", 1)
