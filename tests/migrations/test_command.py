"""`rekisteri warehouse upgrade` and `status`: what they do and say, for people and for machines."""

import json
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from rekisteri import connections, migrations
from rekisteri.cli import app
from rekisteri.embedded import night

NEWEST = migrations.known()[-1]


def call(*words: str) -> tuple[int, Any]:
    """Return a command's status and its JSON answer."""
    answer = CliRunner().invoke(app, ["warehouse", *words, "--json"])
    return answer.exit_code, json.loads(answer.stdout)


def told(*words: str) -> tuple[int, str]:
    """Return a command's status and what it says to people."""
    answer = CliRunner().invoke(app, ["warehouse", *words])
    return answer.exit_code, answer.stdout.strip()


def test_an_older_warehouse_is_upgraded_once(old: psycopg.Connection[Any]) -> None:
    status, found = call("status")
    assert (status, found["held"], found["wanted"], found["current"]) == (1, "0001", NEWEST, False)
    assert "run `rekisteri warehouse upgrade`" in found["fault"]
    assert told("status") == (1, found["fault"])
    assert call("upgrade") == (0, {"from": "0001", "to": NEWEST, "changed": True})
    assert call("status") == (0, {"held": NEWEST, "wanted": NEWEST, "current": True, "fault": None})
    assert told("status") == (0, f"the warehouse is at revision {NEWEST}, as this release needs")
    assert call("upgrade") == (0, {"from": NEWEST, "to": NEWEST, "changed": False})
    assert told("upgrade")[1].startswith(f"revision {NEWEST}: nothing to do")


def test_there_is_none_yet(home: object, template: str) -> None:
    with connections.connect("postgres_admin", autocommit=True) as server:
        server.execute("drop database if exists warehouse with (force)")
        server.execute("create database warehouse")
    status, found = call("status")
    assert (status, found["held"]) == (1, None)
    assert told("upgrade") == (0, f"made at revision {NEWEST}")
    assert call("status")[0] == 0


def test_a_newer_one_is_refused(admin: psycopg.Connection[Any]) -> None:
    admin.execute("update register.schema_version set version_num = '9999'")
    status, found = call("status")
    assert (status, found["held"]) == (1, "9999")
    status, found = call("upgrade")
    assert (status, found["error"]) == (1, "WarehouseOutdated")
    assert "newer than this code" in found["message"]


@pytest.mark.parametrize("connection", ["warehouse_analyst", "warehouse_dpo"])
def test_a_login_that_may_not_upgrade_is_told(connection: str, old: psycopg.Connection[Any]) -> None:
    status, found = call("upgrade", "--connection", connection)
    assert (status, found["error"]) == (1, "WarehouseError")
    assert "is no superuser" in found["message"]
    assert "--connection" in found["message"]


def test_the_embedded_night_upgrades_what_an_earlier_release_left(old: psycopg.Connection[Any]) -> None:
    said: list[str] = []
    night._prepare_warehouse(said.append)
    night._prepare_warehouse(said.append)
    assert said == ["upgrading the warehouse"]
    assert call("status")[0] == 0
