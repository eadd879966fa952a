"""Revisions as such: in one line, all or nothing, one upgrade at a time; a newer warehouse is left alone."""

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.script import ScriptDirectory

from rekisteri import connections, migrations, paths, warehouse_version
from rekisteri import warehouse as schema
from rekisteri.errors import WarehouseError, WarehouseOutdated
from tests import catalog

Connection = psycopg.Connection[Any]
Add = Callable[[str], str]

REVISION = '''"""A revision of a test."""

import sqlalchemy as sa
from alembic import op

from rekisteri.migrations import as_owner

revision = "{revision}"
down_revision = "{before}"


def upgrade() -> None:
    """Change something."""
{body}
'''
SOUND = """
    with as_owner("register"):
        op.add_column("customer", sa.Column("nickname", sa.Text, server_default="x"), schema="register")
        op.execute("create table register.visit (source text primary key, restricted_ground text)")
        op.execute("insert into register.visit select distinct source from register.customer")
"""
FAULTY = """
    with as_owner("vault"):
        op.execute("create table vault.half (one text)")
        op.execute("insert into vault.pseudonym select * from vault.pseudonym")
"""


@pytest.fixture
def add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Add:
    """Add a revision to a copy of the versions folder; return its number."""
    folder = tmp_path / "versions of 100 %s"
    shutil.copytree(migrations.VERSIONS, folder)
    monkeypatch.setattr(migrations, "VERSIONS", folder)

    def added(body: str) -> str:
        before = migrations.known()[-1]
        revision = f"{int(before) + 1:04}"
        text = REVISION.format(revision=revision, before=before, body=body.strip("\n"))
        (folder / f"{revision}_of_a_test.py").write_text(text, encoding="utf-8")
        return revision

    return added


def test_revisions_are_one_line_and_their_files_say_their_numbers() -> None:
    script = ScriptDirectory(str(migrations.FOLDER), version_locations=[str(migrations.VERSIONS)])
    line = [revision.revision for revision in script.walk_revisions()][::-1]
    assert line == migrations.known() == [f"{n:04}" for n in range(1, len(line) + 1)]
    assert line[0] == migrations.FIRST
    assert script.get_heads() == [line[-1]]


def test_a_revision_changes_a_full_warehouse_and_its_grants_and_policies_follow(old: Connection, add: Add) -> None:
    revision = add(SOUND)
    customers = old.execute("select source, source_key, name from register.customer order by 1, 2").fetchall()
    assert schema.prepare(old).after.revision == revision
    now = old.execute("select source, source_key, name, nickname from register.customer order by 1, 2").fetchall()
    assert now == [(*customer, "x") for customer in customers]
    owner = old.execute("select relowner::regrole::text from pg_class where oid = 'register.visit'::regclass")
    assert owner.fetchone() == ("register_owner",)
    with connections.connect("warehouse_dpo") as dpo:
        assert dpo.execute("select count(*) from register.visit").fetchone() == (len({c[0] for c in customers}),)
    assert "register.visit | dpo" in "\n".join(catalog.read(old)["policy"])


def test_a_fresh_warehouse_is_stamped_at_the_newest_revision(home: Path, template: str, add: Add) -> None:
    newest = add(FAULTY)  # it is not run: a fresh warehouse is made from the DDL files and the model
    with connections.connect("postgres_admin", autocommit=True) as server:
        server.execute("drop database if exists warehouse with (force)")
        server.execute("create database warehouse")
    with connections.connect("postgres_admin", dbname="warehouse", autocommit=True) as admin:
        assert schema.prepare(admin) == ((None, None), (newest, schema.wanted().checksum))
        assert schema.held(admin) == schema.wanted()


def test_a_faulty_revision_takes_back_all_that_came_before_it(old: Connection, add: Add) -> None:
    schema.prepare(old)
    before, rows = catalog.read(old), old.execute("select count(*) from vault.pseudonym").fetchone()
    version = schema.held(old)
    add(SOUND)
    faulty = add(FAULTY)
    with pytest.raises(WarehouseError, match=f"to revision {faulty} .*SQLSTATE 23505 .*table pseudonym, constraint"):
        schema.prepare(old)
    assert schema.held(old) == version
    assert catalog.differences(before, catalog.read(old)) == []
    assert old.execute("select count(*) from vault.pseudonym").fetchone() == rows


def test_two_upgrades_at_once_are_one(old: Connection, add: Add) -> None:
    revision = add(SOUND)

    def upgrade(_: int) -> str | None:
        with connections.connect("postgres_admin", dbname="warehouse", autocommit=True) as admin:
            return schema.prepare(admin).before.revision

    with ThreadPoolExecutor(3) as pool:
        assert sorted(map(str, pool.map(upgrade, range(3)))) == [migrations.FIRST, revision, revision]


def test_an_upgrade_does_not_wait_for_ever(old: Connection, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    add(SOUND)
    monkeypatch.setattr(schema, "LOCK_TIMEOUT", "200ms")
    with connections.connect("warehouse") as task:
        task.execute("select count(*) from register.customer")
        with pytest.raises(WarehouseError, match="another process works on it"):
            schema.prepare(old)
    assert schema.held(old) == (migrations.FIRST, None)


def test_a_newer_warehouse_is_left_alone(old: Connection, add: Add) -> None:
    needs = migrations.known()[-1]
    newest = add(SOUND)
    schema.prepare(old)
    (migrations.VERSIONS / f"{newest}_of_a_test.py").unlink()
    before = catalog.read(old)
    for refused in (schema.prepare, schema.require_current):
        with pytest.raises(WarehouseOutdated, match=f"at revision {newest}, newer than this code, which needs {needs}"):
            refused(old)
    assert catalog.differences(before, catalog.read(old)) == []
    assert schema.held(old).revision == newest


def test_functions_of_another_release_count_as_outdated(
    admin: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema.require_current(admin)
    shutil.copytree(paths.SQL, tmp_path / "sql")
    monkeypatch.setattr(paths, "SQL", tmp_path / "sql")
    tables, function = (tmp_path / "sql" / "warehouse" / f"{name}.sql" for name in ("20_pull", "45_name_key"))
    tables.write_text("-- said otherwise\n" + tables.read_text(encoding="utf-8"), encoding="utf-8")
    schema.require_current(admin)
    function.write_text("-- said otherwise\n" + function.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(WarehouseOutdated, match="those of another release; run `rekisteri warehouse upgrade`"):
        schema.require_current(admin)
    schema.prepare(admin)
    schema.require_current(admin)


def test_what_runs_again_is_everything_but_tables_and_indexes() -> None:
    names = {path.stem for folder in ("warehouse", "audit") for path in warehouse_version.repeatable(folder)}
    for path in (*(paths.SQL / "warehouse").glob("[0-9]*.sql"), *(paths.SQL / "audit").glob("[0-9]*.sql")):
        statement = next(line for line in path.read_text(encoding="utf-8").splitlines() if line[:2] != "--")
        assert (path.stem in names) is not statement.startswith(("create table", "create index")), path


@pytest.mark.parametrize("login", ["warehouse", "warehouse_dpo"])
def test_the_version_may_be_read_and_not_written(login: str, warehouse: Connection) -> None:
    with connections.connect(login, autocommit=True) as conn:
        schema.require_current(conn)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("update register.schema_version set version_num = '9999'")
