"""The evidence: what may be written, who may write, and each attack on it, beside what is allowed."""

import json
import multiprocessing
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import psycopg
import pytest

from rekisteri import audit, audit_heads, paths, statements
from rekisteri.errors import AuditBroken

Connection = psycopg.Connection[Any]
PULL = UUID("0198c0de-0000-7000-8000-000000000001")
DATABASE = "audit_test"


@dataclass(frozen=True)
class AuditDb:
    """A database with the schema `audit`, seen by its superuser and by the pipeline; both commit each statement."""

    uri: str
    admin: Connection
    pipeline: Connection

    def acting_as(self, role: str) -> Connection:
        """Return a new connection that has the rights of a login."""
        conn = psycopg.connect(self.uri, autocommit=True)
        conn.execute(f"set session authorization {role}")
        return conn


def prepare(admin: Connection) -> None:
    with admin.transaction():
        admin.execute("set local role audit_owner")
        for path in sorted((paths.SQL / "audit").glob("[0-9]*.sql")):
            admin.execute(statements.load(f"audit/{path.stem}"))


LOGINS = [f"rekisteri_{who}" for who in ("pipeline", "deploy", "dpo", "analyst", "service_desk", "auditor")]


@pytest.fixture(scope="module")
def prepared(server_uri: str) -> Iterator[AuditDb]:
    with psycopg.connect(server_uri, autocommit=True) as server:
        server.execute(f"drop database if exists {DATABASE} with (force)")
        server.execute(f"create database {DATABASE}")
        uri = server_uri.replace("/postgres?", f"/{DATABASE}?")
        with psycopg.connect(uri, autocommit=True) as admin, psycopg.connect(uri, autocommit=True) as pipeline:
            admin.execute("create schema audit authorization audit_owner")
            prepare(admin)
            pipeline.execute("set session authorization rekisteri_pipeline")
            yield AuditDb(uri, admin, pipeline)
        server.execute(f"drop database {DATABASE} with (force)")


@pytest.fixture
def audit_db(prepared: AuditDb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AuditDb:
    """Empty evidence, and heads in a folder of the test's own."""
    monkeypatch.setenv("REKISTERI_AUDIT_HEADS", str(tmp_path / "outside" / "heads.jsonl"))
    as_superuser(prepared.admin, "truncate audit.entry")
    return prepared


@pytest.fixture
def told(audit_db: AuditDb) -> AuditDb:
    """Ten entries; heads kept after the fourth, the eighth and the tenth."""
    for n in range(1, 11):
        audit.record(audit_db.pipeline, "merged", pull_id=PULL, night=date(2026, 11, 22), source="crm", read=n, kept=n)
        if n in (4, 8, 10):
            audit.keep_head(audit_db.pipeline)
    return audit_db


def as_superuser(admin: Connection, *commands: str) -> None:
    """Run commands as one who can switch everything off: triggers, keys and checks; then switch the triggers on."""
    with admin.transaction():
        admin.execute("alter table audit.entry disable trigger all")
        for command in commands:
            admin.execute(command)
        admin.execute("alter table audit.entry enable always trigger no_change")
        admin.execute("alter table audit.entry enable always trigger no_truncate")


def relink(admin: Connection, first: int) -> None:
    """Rewrite the hashes from one entry on, as an attacker who knows the method would."""
    rows = admin.execute(statements.load("audit/entries"), {"first": first}).fetchall()
    before = admin.execute("select hash from audit.entry where seq = %s", [first - 1]).fetchone()
    previous = before[0] if before else bytes(32)
    for seq, *fields, _, _ in rows:
        text = ",".join("-" if f is None else f"{len(f.encode())}:{f}" for f in fields)
        row = admin.execute("select sha256(%s::bytea || %s::bytea)", [previous, text.encode()]).fetchone()
        assert row
        admin.execute("update audit.entry set previous = %s, hash = %s where seq = %s", [previous, row[0], seq])
        previous = row[0]


def kinds_found(found: audit.Verification) -> list[str]:
    """What stands in brackets at the end of each finding."""
    return [finding.rsplit("(", 1)[1].rstrip(")") for finding in found.findings]


# What is allowed


def test_entries_are_numbered_without_gaps_and_verify(told: AuditDb) -> None:
    assert audit.verify(told.pipeline) == audit.Verification(entries=10, intact=True, findings=(), heads=3)
    assert told.admin.execute("select array_agg(seq order by seq) from audit.entry").fetchone() == ([*range(1, 11)],)


def test_nothing_written_is_intact(audit_db: AuditDb) -> None:
    audit.keep_head(audit_db.pipeline)
    assert audit.verify(audit_db.pipeline) == audit.Verification(0, True, ())


def test_every_field_is_kept_and_hashed(audit_db: AuditDb) -> None:
    whole = {"pull_id": str(PULL), "night": date(2026, 11, 22), "source": "service_desk", "entity": "case"}
    rest = {"rule": "phone.format", "column": "phone", "staff": "DPO_1.a-b", "plan_checksum": "ab" * 32}
    numbers = {"rows": 2**53, "share": 0.25, "sum": Decimal("1234.50"), "balanced": True, "tiny": 1e-07}
    assert audit.record(audit_db.pipeline, "books", **whole, **rest, **numbers) == 1  # type: ignore[arg-type]
    audit.keep_head(audit_db.pipeline)
    held = audit_db.admin.execute(
        "select pull_id, night, source, entity, rule, column_name, staff, plan_checksum, numbers from audit.entry"
    ).fetchone()
    assert held == (
        PULL,
        date(2026, 11, 22),
        *("service_desk", "case", "phone.format", "phone", "DPO_1.a-b", "ab" * 32),
        {"rows": 2**53, "share": 0.25, "sum": 1234.5, "balanced": True, "tiny": 1e-07},
    )
    assert audit.verify(audit_db.pipeline).intact


def test_an_entry_shares_the_fate_of_the_callers_transaction(audit_db: AuditDb) -> None:
    with audit_db.pipeline.transaction(force_rollback=True), audit_db.pipeline.cursor() as cursor:
        cursor.execute("select 'the result of the caller'")
        assert audit.record(cursor, "merged", rows=1) == 1
        assert cursor.fetchone() == ("the result of the caller",)
        with pytest.raises(AuditBroken, match="commit or roll back first"):
            audit.keep_head(audit_db.pipeline)
    assert audit.record(audit_db.pipeline, "merged", rows=1) == 1


@pytest.mark.parametrize(("end", "number"), [("commit", 2), ("rollback", 1)])
def test_a_second_writer_waits_for_the_first_and_goes_on(audit_db: AuditDb, end: str, number: int) -> None:
    with audit_db.acting_as("rekisteri_pipeline") as first, audit_db.acting_as("rekisteri_dpo") as second:
        first.execute("begin")
        assert audit.record(first, "merged") == 1
        with ThreadPoolExecutor(1) as thread:
            waiting = thread.submit(audit.record, second, "policy_changed")
            while not audit_db.admin.execute("select from pg_locks where not granted").rowcount:
                assert not waiting.done()
                time.sleep(0.01)
            first.execute(end)
            assert waiting.result(timeout=10) == number


def test_many_entries_keep_their_order(audit_db: AuditDb) -> None:
    entries = [audit.Entry("rows_refused", source="crm", rule=f"rule_{n}", numbers={"rows": n}) for n in range(50)]
    assert audit.record_many(audit_db.pipeline, entries) == [*range(1, 51)]
    assert audit.record_many(audit_db.pipeline, []) == []
    audit.keep_head(audit_db.pipeline)
    assert audit.verify(audit_db.pipeline).intact


def test_the_kinds_of_python_and_of_the_database_are_the_same(audit_db: AuditDb) -> None:
    held = audit_db.admin.execute("select enum_range(null::audit.kind)::text[]").fetchone()
    assert held == ([*get_args(audit.Kind)],)


def test_preparing_again_changes_nothing_and_mends_switched_off_triggers(told: AuditDb) -> None:
    told.admin.execute("alter table audit.entry disable trigger user")
    prepare(told.admin)
    assert audit.verify(told.pipeline).intact
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        told.admin.execute("delete from audit.entry")


@pytest.mark.parametrize("login", ["rekisteri_pipeline", "rekisteri_dpo", "rekisteri_auditor"])
def test_those_who_may_read_can_verify(told: AuditDb, login: str) -> None:
    with told.acting_as(login) as conn:
        conn.execute("set datestyle = 'German'; set timezone = 'America/Lima'")
        assert audit.verify(conn).intact


def test_the_session_of_the_writer_does_not_matter(audit_db: AuditDb) -> None:
    with audit_db.acting_as("rekisteri_dpo") as dpo:
        dpo.execute("set datestyle = 'SQL, DMY'; set timezone = 'Asia/Tokyo'; set extra_float_digits = -10")
        audit.record(dpo, "plan_approved", night=date(2026, 2, 1), staff="dpo", share=1 / 3)
        audit.keep_head(dpo)
    assert audit.verify(audit_db.pipeline).intact


# What may not be written


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("source", "Matti Meikäläinen"),
        ("entity", "x" * 64),
        ("rule", "0401234567"),
        ("column", "a\n"),
        ("staff", "matti@example.com"),
        ("staff", ""),
        ("plan_checksum", "ab" * 31),
        ("pull_id", "not-a-uuid-but-a-name"),
        ("night", "2026-11-22"),
        ("rows", "secret"),
        ("rows", None),
        ("rows", float("nan")),
        ("Rows", 1),
    ],
)
def test_free_text_is_refused_and_not_repeated(audit_db: AuditDb, field: str, value: Any) -> None:
    with pytest.raises(audit.EntryRefused) as refused:
        audit.record(audit_db.pipeline, "merged", **{field: value})
    assert not value or str(value) not in str(refused.value)
    assert audit.verify(audit_db.pipeline).entries == 0


def test_an_unknown_kind_is_refused(audit_db: AuditDb) -> None:
    with pytest.raises(audit.EntryRefused):
        audit.record(audit_db.pipeline, "mergd")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "argument",
    [
        "source => 'Matti Meikäläinen'",
        "staff => 'matti@example.com'",
        "plan_checksum => 'Matti'",
        """numbers => '{"a": "Matti"}'""",
        """numbers => '{"a": {"b": 1}}'""",
        """numbers => '{"a": [1]}'""",
        """numbers => '{"a": []}'""",
        """numbers => '{"a": null}'""",
        """numbers => '{"Matti Meikäläinen": 1}'""",
        "numbers => '[1]'",
        "numbers => '7'",
        "numbers => null",
    ],
)
def test_the_database_refuses_free_text_by_itself(audit_db: AuditDb, argument: str) -> None:
    with pytest.raises(psycopg.errors.IntegrityError) as refused:
        audit_db.pipeline.execute(f"select audit.record('merged', {argument})")
    assert "Matti" not in str(refused.value) + str(refused.value.diag.message_detail)


def test_an_old_snapshot_is_refused(audit_db: AuditDb) -> None:
    with audit_db.acting_as("rekisteri_pipeline") as conn:
        conn.execute("begin isolation level repeatable read")
        with pytest.raises(psycopg.errors.InvalidTransactionState, match="read committed"):
            audit.record(conn, "merged")


# Attacks that the database refuses


WAYS = {
    "update": "update audit.entry set night = '2020-01-01' where seq = 3",
    "delete": "delete from audit.entry where seq = 3",
    "truncate": "truncate audit.entry",
    "merge": "merge into audit.entry using (select 3) as x (n) on seq = n when matched then delete",
    "upsert": "insert into audit.entry select * from audit.entry on conflict (seq) do update set night = '2020-01-01'",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("who", [*LOGINS, "audit_owner", "postgres"])
def test_nobody_changes_what_is_written(told: AuditDb, who: str, way: str) -> None:
    with told.acting_as(who) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(WAYS[way])
    assert audit.verify(told.pipeline).intact


@pytest.mark.parametrize("way", WAYS)
def test_deploy_does_not_change_it_as_the_owner_either(told: AuditDb, way: str) -> None:
    with told.acting_as("rekisteri_deploy") as conn:
        conn.execute("set role audit_owner")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(WAYS[way])


@pytest.mark.parametrize("who", [*LOGINS, "audit_owner"])
def test_no_right_to_change_is_left_even_without_the_triggers(told: AuditDb, who: str) -> None:
    held = told.admin.execute(
        "select has_table_privilege(%(who)s, 'audit.entry', 'update, delete, truncate'), "
        "has_any_column_privilege(%(who)s, 'audit.entry', 'update')",
        {"who": who},
    ).fetchone()
    assert held == (False, False)


def test_a_session_that_calls_itself_a_replica_is_refused(told: AuditDb) -> None:
    told.admin.execute("alter table audit.entry disable trigger user")
    prepare(told.admin)
    with told.acting_as("postgres") as conn:
        conn.execute("set session_replication_role = replica")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            conn.execute(WAYS["delete"])


@pytest.mark.parametrize("who", LOGINS)
def test_nobody_writes_past_the_function(told: AuditDb, who: str) -> None:
    with told.acting_as(who) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("insert into audit.entry select 11, at, kind, pull_id, night, source, entity, rule, column_name, "
                     "staff, plan_checksum, numbers, previous, hash from audit.entry limit 1")  # fmt: skip


@pytest.mark.parametrize(
    "who", ["rekisteri_deploy", "rekisteri_analyst", "rekisteri_service_desk", "rekisteri_auditor"]
)
def test_only_the_pipeline_and_the_dpo_write(audit_db: AuditDb, who: str) -> None:
    with audit_db.acting_as(who) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        audit.record(conn, "merged")
    with audit_db.acting_as("rekisteri_dpo") as conn:
        assert audit.record(conn, "merged") == 1


@pytest.mark.parametrize("who", ["rekisteri_deploy", "rekisteri_analyst", "rekisteri_service_desk"])
def test_others_do_not_read(told: AuditDb, who: str) -> None:
    with told.acting_as(who) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("select from audit.entry")


def test_a_callers_search_path_does_not_reach_the_function(audit_db: AuditDb) -> None:
    audit_db.admin.execute("create schema hostile")
    audit_db.admin.execute("grant usage on schema hostile to public")
    audit_db.admin.execute(
        "create function hostile.sha256(bytea) returns bytea language sql immutable return pg_catalog.sha256('')"
    )
    with audit_db.acting_as("rekisteri_pipeline") as conn:
        conn.execute("set search_path = hostile, pg_catalog")
        audit.record(conn, "merged")
        audit.keep_head(conn)
        assert audit.verify(conn).intact


# Attacks by a superuser, who can switch off what refuses: found


def test_a_changed_number(told: AuditDb) -> None:
    as_superuser(told.admin, """update audit.entry set numbers = '{"read": 5, "kept": 4}' where seq = 5""")
    found = audit.verify(told.pipeline)
    assert (found.entries, found.intact) == (10, False)
    assert found.findings == ("entry 5: its contents do not give its hash (changed)",)


@pytest.mark.parametrize(
    "change",
    [
        "at = at + interval '1 microsecond'",
        "at = at - interval '4050 years'",
        "at = 'infinity'",
        "kind = 'erased'",
        "pull_id = null",
        "night = night - 1",
        "night = 'infinity'",
        "source = 'billing'",
        "source = null, entity = 'crm'",
        "rule = 'x'",
        "column_name = 'x'",
        "staff = 'x'",
        "plan_checksum = repeat('0', 64)",
        "numbers = numbers || '{\"more\": true}'",
    ],
)
def test_a_change_of_any_field(told: AuditDb, change: str) -> None:
    as_superuser(told.admin, f"update audit.entry set {change} where seq = 5")
    assert audit.verify(told.pipeline).findings[0] == "entry 5: its contents do not give its hash (changed)"


def test_a_change_with_its_hash_made_to_fit(told: AuditDb) -> None:
    as_superuser(told.admin, "update audit.entry set numbers = '{}' where seq = 5")
    row = told.admin.execute(statements.load("audit/entries"), {"first": 5}).fetchone()
    assert row
    seq, *fields, previous, _ = row
    text = ",".join("-" if f is None else f"{len(f)}:{f}" for f in fields)
    whole = (previous + text.encode()).hex()
    as_superuser(told.admin, f"update audit.entry set hash = sha256('\\x{whole}') where seq = {seq}")
    assert audit.verify(told.pipeline).findings == (
        "entry 6: does not follow from the entry before it (reordered, inserted or rewritten)",
    )


def test_deleted_from_the_middle(told: AuditDb) -> None:
    as_superuser(told.admin, "delete from audit.entry where seq in (5, 6)")
    assert audit.verify(told.pipeline).findings == ("entries 5 to 6 are missing (gap)",)


def test_deleted_from_the_beginning(told: AuditDb) -> None:
    as_superuser(told.admin, "delete from audit.entry where seq <= 1")
    assert audit.verify(told.pipeline).findings == ("entry 1 is missing (gap)",)


def test_deleted_from_the_middle_and_renumbered(told: AuditDb) -> None:
    as_superuser(
        told.admin,
        "delete from audit.entry where seq = 5",
        "update audit.entry set seq = seq + 1000 where seq > 5",
        "update audit.entry set seq = seq - 1001 where seq > 1000",
    )
    found = audit.verify(told.pipeline)
    assert kinds_found(found)[0] == "reordered or replaced"
    assert kinds_found(found)[-1] == "cut tail"


def test_two_entries_swapped(told: AuditDb) -> None:
    as_superuser(
        told.admin,
        "update audit.entry set seq = 1000 where seq = 5",
        "update audit.entry set seq = 5 where seq = 6",
        "update audit.entry set seq = 6 where seq = 1000",
    )
    found = audit.verify(told.pipeline)
    assert {finding.split(":")[0] for finding in found.findings} == {"entry 5", "entry 6", "entry 7"}
    assert kinds_found(found)[0] == "reordered or replaced"


def test_a_cut_tail(told: AuditDb) -> None:
    as_superuser(told.admin, "delete from audit.entry where seq > 8")
    found = audit.verify(told.pipeline)
    assert kinds_found(found) == ["cut tail"]
    assert found.findings[0].startswith("entries 9 to 10 are missing")


def test_all_of_it_cut(told: AuditDb) -> None:
    as_superuser(told.admin, "truncate audit.entry")
    assert audit.verify(told.pipeline).findings[0].startswith("entries 1 to 10 are missing")


def test_a_cut_tail_with_the_last_head_removed_but_not_the_one_before(told: AuditDb) -> None:
    heads = audit_heads.path().read_text().splitlines(keepends=True)
    audit_heads.path().write_text("".join(heads[:-1]))
    assert audit.verify(told.pipeline).unwitnessed == 2
    as_superuser(told.admin, "delete from audit.entry where seq > 7")
    assert kinds_found(audit.verify(told.pipeline)) == ["cut tail"]


def test_a_cut_tail_with_the_last_head_made_to_fit(told: AuditDb) -> None:
    as_superuser(told.admin, "delete from audit.entry where seq > 6")
    row = told.admin.execute("select encode(hash, 'hex') from audit.entry where seq = 6").fetchone()
    assert row
    heads = audit_heads.path().read_text().splitlines()
    heads[-1] = json.dumps({"seq": 6, "hash": row[0], "at": json.loads(heads[-1])["at"]})
    audit_heads.path().write_text("\n".join(heads) + "\n")
    assert kinds_found(audit.verify(told.pipeline)) == ["reordered heads", "cut tail"]


def test_history_rewritten_to_the_end_with_the_last_head_made_to_fit(told: AuditDb) -> None:
    told.admin.execute("alter table audit.entry disable trigger all")
    told.admin.execute("update audit.entry set numbers = '{}' where seq = 5")
    relink(told.admin, 5)
    row = told.admin.execute("select encode(hash, 'hex') from audit.entry where seq = 10").fetchone()
    assert row
    heads = audit_heads.path().read_text().splitlines()
    heads[-1] = json.dumps({"seq": 10, "hash": row[0], "at": json.loads(heads[-1])["at"]})
    audit_heads.path().write_text("\n".join(heads) + "\n")
    found = audit.verify(told.pipeline)
    assert kinds_found(found) == ["head mismatch: rewritten"]
    assert found.findings[0].startswith("entry 8:")


def test_the_heads_taken_away(told: AuditDb) -> None:
    audit_heads.path().unlink()
    assert kinds_found(audit.verify(told.pipeline)) == ["head missing"]


@pytest.mark.parametrize(("kind", "young"), [("rows_refused", True), ("books", False)])
def test_before_anything_was_merged_there_is_no_head_and_that_proves_nothing(
    audit_db: AuditDb, kind: audit.Kind, young: bool
) -> None:
    audit.record(audit_db.pipeline, "pull_started")
    audit.record(audit_db.pipeline, kind)
    found = audit.verify(audit_db.pipeline, witness_within=-1)
    assert (found.intact, found.no_head_yet) == (False, young)
    assert kinds_found(found) == ["head missing"]


def test_a_heads_file_that_was_emptied_is_missing_its_heads(audit_db: AuditDb) -> None:
    audit.record(audit_db.pipeline, "pull_started")
    audit.keep_head(audit_db.pipeline)
    audit_heads.path().write_text("")
    assert kinds_found(audit.verify(audit_db.pipeline)) == ["head missing"]


def test_a_head_scribbled_over(told: AuditDb) -> None:
    heads = audit_heads.path().read_text().splitlines()
    audit_heads.path().write_text("\n".join([heads[0], "x" * 1000, heads[2]]) + "\n")
    assert kinds_found(audit.verify(told.pipeline))[0] == "changed heads"


FORGED = (
    "insert into audit.entry select {seq}, {at}, 'plan_approved', null, night, null, null, null, null, 'dpo', "
    "repeat('a', 64), '{{}}', repeat('0', 32)::bytea, repeat('0', 32)::bytea from audit.entry where seq = {like}"
)


def test_an_entry_forged_into_the_middle_with_all_hashes_made_to_fit(told: AuditDb) -> None:
    as_superuser(
        told.admin,
        "update audit.entry set seq = seq + 1000 where seq > 5",
        "update audit.entry set seq = seq - 999 where seq > 1000",
        FORGED.format(seq=6, at="at", like=5),
    )
    told.admin.execute("alter table audit.entry disable trigger all")
    relink(told.admin, 6)
    found = audit.verify(told.pipeline)
    assert kinds_found(found) == ["head mismatch: rewritten"] * 2
    assert [finding.split(":")[0] for finding in found.findings] == ["entry 8", "entry 10"]


def test_an_entry_forged_beside_another_of_its_number(told: AuditDb) -> None:
    key = "alter table audit.entry {} constraint entry_pkey"
    told.admin.execute(key.format("drop"))
    as_superuser(told.admin, FORGED.format(seq=6, at="at", like=5))
    found = audit.verify(told.pipeline)
    as_superuser(told.admin, "truncate audit.entry", key.format("add") + " primary key (seq)")
    assert "inserted or reordered" in kinds_found(found)


def test_an_entry_forged_at_the_end_is_seen_as_not_witnessed(told: AuditDb) -> None:
    told.admin.execute("alter table audit.entry disable trigger all")
    told.admin.execute(FORGED.format(seq=11, at="clock_timestamp()", like=10))
    relink(told.admin, 11)
    at_once = audit.verify(told.pipeline)
    assert (at_once.intact, at_once.unwitnessed) == (True, 1)
    later = audit.verify(told.pipeline, witness_within=0)
    assert kinds_found(later) == ["unwitnessed"]
    assert later.findings[0].startswith("entry 11 is newer")


def test_an_entry_forged_at_the_end_with_an_earlier_date(told: AuditDb) -> None:
    told.admin.execute("alter table audit.entry disable trigger all")
    told.admin.execute(FORGED.format(seq=11, at="at - interval '1 day'", like=10))
    relink(told.admin, 11)
    assert "changed or reordered" in kinds_found(audit.verify(told.pipeline))


def test_a_changed_function_is_found(audit_db: AuditDb) -> None:
    audit.record(audit_db.pipeline, "merged", rows=1)
    text = statements.text("audit/40_record").replace("record.numbers::text", "'{}'")
    audit_db.admin.execute(text)
    try:
        audit.record(audit_db.pipeline, "merged", rows=2)
    finally:
        prepare(audit_db.admin)
    with pytest.raises(AuditBroken, match="entry 2: its contents do not give its hash"):
        audit.keep_head(audit_db.pipeline)


# The head kept outside


def test_a_head_is_kept_once(told: AuditDb) -> None:
    before = audit_heads.path().read_text()
    audit.keep_head(told.pipeline)
    assert audit_heads.path().read_text() == before
    assert [json.loads(line)["seq"] for line in before.splitlines()] == [4, 8, 10]
    assert audit_heads.path().stat().st_mode & 0o777 == 0o600


def test_a_broken_chain_is_not_countersigned(told: AuditDb) -> None:
    as_superuser(told.admin, "delete from audit.entry where seq > 8")
    audit.record(told.pipeline, "merged")
    audit.record(told.pipeline, "merged")
    with pytest.raises(AuditBroken, match="head mismatch"):
        audit.keep_head(told.pipeline)


def test_a_head_half_written_by_a_killed_process_is_mended(told: AuditDb) -> None:
    with audit_heads.path().open("a") as file:
        file.write('{"seq":11,"ha')
    assert audit.verify(told.pipeline).intact
    audit.record(told.pipeline, "merged")
    audit.keep_head(told.pipeline)
    assert audit.verify(told.pipeline) == audit.Verification(11, True, (), heads=4)


def test_a_place_that_cannot_be_written_is_told(told: AuditDb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REKISTERI_AUDIT_HEADS", str(audit_heads.path() / "below" / "a" / "file"))
    with pytest.raises(AuditBroken, match="REKISTERI_AUDIT_HEADS"):
        audit.keep_head(told.pipeline)


def write_many(uri: str, times: int) -> None:
    with psycopg.connect(uri) as conn:
        conn.execute("set session authorization rekisteri_pipeline")
        conn.commit()
        for n in range(times):
            audit.record_many(conn, [audit.Entry("merged", numbers={"n": n})] * 3)
            conn.rollback() if n % 5 == 4 else conn.commit()
            audit.keep_head(conn)


def test_processes_side_by_side_make_one_chain(audit_db: AuditDb) -> None:
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=write_many, args=(audit_db.uri, 20)) for _ in range(3)]
    for process in processes:
        process.start()
    seen = 0
    while any(process.is_alive() for process in processes):
        during = audit.verify(audit_db.pipeline)
        assert during.intact or kinds_found(during) == ["head missing"]
        seen += 1
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    found = audit.verify(audit_db.pipeline)
    assert (found.entries, found.intact, found.unwitnessed) == (3 * 16 * 3, True, 0)
    assert seen


def test_a_hundred_thousand_entries_in_seconds_and_flat_memory(
    audit_db: AuditDb, peak_memory: Callable[[Callable[[], Any]], int]
) -> None:
    audit_db.pipeline.execute(
        "select count(audit.record('merged', pull_id => gen_random_uuid(), night => '2026-11-22', source => 'crm', "
        "entity => 'customer', numbers => '{\"read\": 1, \"merged\": 2}')) from generate_series(1, 100000)"
    )
    audit.keep_head(audit_db.pipeline)
    start = time.monotonic()
    assert audit.verify(audit_db.pipeline).entries == 100_000
    assert time.monotonic() - start < 10
    assert peak_memory(lambda: audit.verify(audit_db.pipeline)) < 10_000_000


@pytest.fixture
def peak_memory() -> Callable[[Callable[[], Any]], int]:
    def measure(act: Callable[[], Any]) -> int:
        tracemalloc.start()
        try:
            act()
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    return measure
