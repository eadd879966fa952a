"""The command: answers for people and machines, errors without a traceback, and a quick start."""

import json
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from rekisteri import audit, paths
from rekisteri.cli import app, erasing, night, reading, state
from rekisteri.embedded import airflow, secrets
from rekisteri.embedded import night as embedded_night

NIGHT = date(2026, 11, 1)
NUMBERS = {"read": 5, "merged": 2, "unchanged": 1, "quarantined": 1, "suppressed": 1, "balanced": True}
RUNS = ("ingest_crm", "plan_erasure", "erase", "pseudonymize")


def _call(*words: str) -> tuple[int, Any]:
    answer = CliRunner().invoke(app, [*words, "--json"])
    return answer.exit_code, json.loads(answer.stdout)


def test_every_command_answers_in_json() -> None:
    heads = [("status",), ("check",), ("run",), ("demo",), ("clean",), ("residency", "explain")]
    heads += [("residency", "map"), ("audit", "list"), ("audit", "verify")]
    heads += [("erasure", name) for name in ("plan", "show", "approve", "reject")]
    heads += [("gates",), ("production", "secrets"), ("production", "databases")]
    heads += [("quarantine", name) for name in ("list", "show", "retest", "release", "reject", "decided")]
    heads += [("source", name) for name in ("new", "try")]
    heads += [("warehouse", name) for name in ("upgrade", "status")]
    heads += [("hold", name) for name in ("place", "end", "list")]
    heads += [("residency", name) for name in ("transfers", "misplaced")]
    heads += [("policy", name) for name in ("log", "diff", "note")]
    heads += [("who",), *(("who", name) for name in ("explain", "review", "merge", "apart", "forget"))]
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
    assert "has no books of" not in people.stdout
    audit.record(warehouse, "books", night=date(2026, 11, 2), source="billing", entity="invoice", **NUMBERS)
    audit.record(warehouse, "books", night=date(2026, 10, 2), source="removed", entity="invoice", **NUMBERS)
    _plan(warehouse, "ef" * 32, keep=("invoice",))
    assert "night of 2026-11-01: waiting" in CliRunner().invoke(app, ["status"]).stdout
    warehouse.execute("update register.erasure_plan set state = 'erased'")
    told = CliRunner().invoke(app, ["status"]).stdout
    assert "crm has no books of 2026-11-02: those of 2026-11-01 are shown" in told
    assert "removed has no books" not in told
    assert "night of 2026-11-01: nothing to erase or restrict" in told


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


def test_the_evidence_is_listed_the_newest_first_and_narrowed(warehouse: psycopg.Connection[Any]) -> None:
    assert "No entry of the audit is as asked for" in CliRunner().invoke(app, ["audit", "list"]).stdout
    audit.record(warehouse, "books", night=date(2026, 10, 31), source="billing", entity="customer", **NUMBERS)
    audit.record(warehouse, "books", night=NIGHT, source="crm", entity="customer", **NUMBERS)
    audit.record(warehouse, "plan_approved", staff="dpo", plan_checksum="ab" * 32)
    audit.record(
        warehouse, "quarantine_decided", night=NIGHT, source="crm", entity="person", rule="release:looked_at",
        staff="dpo2", rules=1,
    )  # fmt: skip
    status, found = _call("audit", "list")
    assert (status, [one["seq"] for one in found]) == (0, [4, 3, 2, 1])
    assert found[0] | {"recorded": None} == {
        "seq": 4, "recorded": None, "kind": "quarantine_decided", "pull_id": None, "night": "2026-11-01",
        "source": "crm", "entity": "person", "rule": "release:looked_at", "column": None, "staff": "dpo2",
        "plan_checksum": None, "numbers": {"rules": 1},
    }  # fmt: skip
    assert found[1]["plan_checksum"] == "ab" * 32
    for words, wanted in (
        (("--night", "2026-11-01"), [4, 2]), (("--kind", "books"), [2, 1]), (("--source", "crm"), [4, 2]),
        (("--staff", "dpo"), [3]), (("--last", "1"), [4]), (("--kind", "books", "--source", "crm"), [2]),
    ):  # fmt: skip
        assert [one["seq"] for one in _call("audit", "list", *words)[1]] == wanted, words
    people = CliRunner().invoke(app, ["audit", "list"]).stdout
    assert "abababababab" in people
    assert "ab" * 7 not in people
    assert "read: 5" in people
    assert "balanced: yes" in people
    assert "there are more" not in people
    assert "The newest 1; there are more" in CliRunner().invoke(app, ["audit", "list", "--last", "1"]).stdout


def test_a_kind_that_is_not_known_is_no_empty_evidence(warehouse: psycopg.Connection[Any]) -> None:
    answer = CliRunner().invoke(app, ["audit", "list", "--kind", "plan_aproved"])
    assert answer.exit_code == 2
    told = " ".join(answer.output.replace("\u2502", " ").split())
    assert "no kind 'plan_aproved' is known; there are arrived," in told
    assert "plan_approved" in told


def test_check_collects_findings_of_every_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(paths.INCLUDE, tmp_path / "include")
    policy, extract = tmp_path / "include" / "policy", tmp_path / "include" / "sql" / "extract"
    monkeypatch.setattr(paths, "PROJECT", tmp_path)
    monkeypatch.setattr(paths, "POLICY", policy)
    monkeypatch.setattr(paths, "SQL", tmp_path / "include" / "sql")
    assert _call("check") == (0, {"sound": True, "findings": []})
    (policy / "retention.yaml").write_text("rules: {}\n", encoding="utf-8")
    (policy / "subjects.yaml").unlink()
    sources = (policy / "sources.yaml").read_text(encoding="utf-8")
    (policy / "sources.yaml").write_text(sources.replace("processor: laskuri", "processor: nobody"), encoding="utf-8")
    (extract / "crm" / "person.sql").write_text("select * from crm.people\n", encoding="utf-8")
    status, found = _call("check")
    assert status == 1
    for told in ("retention.yaml", "subjects.yaml", "source 'billing'", "include/sql/extract/crm/person.sql:1"):
        assert any(told in finding for finding in found["findings"]), (told, found["findings"])
    people = CliRunner().invoke(app, ["check"])
    assert f"{len(found['findings'])} finding(s)" in people.stdout


def test_check_tells_a_source_without_a_connection_where_a_file_holds_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REKISTERI_HOME", str(tmp_path))
    monkeypatch.delenv("AIRFLOW__SECRETS__BACKEND", raising=False)
    assert _call("check")[0] == 0, "where no file holds them, nobody can tell"
    secrets.write(tmp_path, "connections.json", {"billing": "postgresql://b@h/b", "crm": "postgresql://c@h/c"})
    status, found = _call("check")
    lines = (paths.POLICY / "sources.yaml").read_text(encoding="utf-8").splitlines()
    line = lines.index("    connection: service_desk") + 1
    told = (
        f"include/policy/sources.yaml:{line}: source 'service_desk': no connection 'service_desk' in {tmp_path}/secrets"
    )
    assert status == 1
    assert [one for one in found["findings"] if "connection" in one and one.startswith(told)] != []
    assert not any("no connection 'crm'" in one for one in found["findings"])


def test_status_fits_a_terminal_and_sums_up(warehouse: psycopg.Connection[Any]) -> None:
    for source in ("crm", "service_desk"):
        for entity in ("customer", "marketing_permission"):
            audit.record(warehouse, "books", night=NIGHT, source=source, entity=entity, **NUMBERS | {"read": 1_000_000})
    for n in range(12):
        _refuse(warehouse, f"K{n}", ["unique:source_key", f"format:column_{n}"])
    _plan(warehouse, "cd" * 32, erase=("case", "customer", "person"), keep=("invoice", "order"))
    told = CliRunner().invoke(app, ["status"]).stdout
    lines = [line.rstrip() for line in told.splitlines()]
    assert max(map(len, lines)) <= 100
    assert any(re.match(r"all sources +4 000 000 +8 ", line) for line in lines)
    assert any(re.match(r"unique:source_key +12 +crm.person$", line) for line in lines)
    assert "  and 3 further rules" in lines
    assert any(re.match(r"erase +parties +2$", line) for line in lines)
    assert any(re.match(r"erase +service desk +1$", line) for line in lines)
    assert any(re.match(r"keep +legal hold +2 +2027-05-20$", line) for line in lines)
    assert "\x1b" not in told


def test_status_says_when_the_evidence_is_broken(
    warehouse: psycopg.Connection[Any], admin: psycopg.Connection[Any]
) -> None:
    audit.record(warehouse, "books", night=NIGHT, source="crm", entity="customer", **NUMBERS)
    audit.keep_head(warehouse)
    assert "Audit: 1 entries, 1 heads kept outside the database: intact" in CliRunner().invoke(app, ["status"]).stdout
    admin.execute("set session_replication_role = replica")
    admin.execute("alter table audit.entry disable trigger all")
    admin.execute("delete from audit.entry")
    assert "BROKEN" in CliRunner().invoke(app, ["status"]).stdout


def test_quarantined_rows_are_listed_without_what_they_hold(warehouse: psycopg.Connection[Any]) -> None:
    _refuse(warehouse, "K1", ["format:email"])
    status, found = _call("quarantine", "list")
    assert (status, found[0]["source_key"], found[0]["rules"]) == (0, "K1", ["format:email"])
    assert "row" not in found[0]
    people = CliRunner().invoke(app, ["quarantine", "list"]).stdout
    assert "format:email" in people
    assert "planted" not in people


@pytest.mark.parametrize(
    ("states", "numbers", "told"),
    [
        (dict.fromkeys(RUNS, "success"), NUMBERS, ""),
        (dict.fromkeys(RUNS, "success") | {"erase": "failed"}, NUMBERS, "WRONG: erase is failed"),
        (dict.fromkeys(RUNS[:3], "success"), NUMBERS, "WRONG: pseudonymize did not run"),
        (dict.fromkeys(RUNS, "success"), NUMBERS | {"balanced": False}, "WRONG: books of crm.customer do not balance"),
        (dict.fromkeys(RUNS, "success"), None, "WRONG: no source has any books"),
    ],
)
def test_run_fails_unless_every_dag_succeeded_and_the_books_balance(
    warehouse: psycopg.Connection[Any],
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    states: dict[str, str],
    numbers: dict[str, Any] | None,
    told: str,
) -> None:
    if numbers:
        audit.record(warehouse, "books", night=NIGHT, source="crm", entity="customer", **numbers)
        audit.keep_head(warehouse)
    service = airflow.Airflow(home, "http://127.0.0.1:8080", {}, reused=True)
    monkeypatch.setattr(embedded_night, "prepare", lambda *_: service)
    monkeypatch.setattr(embedded_night, "run", lambda *_, **__: states)
    monkeypatch.setattr(airflow, "stop", lambda _: 0)
    done = CliRunner().invoke(app, ["run"])
    assert (done.exit_code, told in done.stdout) == (1 if told else 0, True)
    assert "Airflow UI: `make ui`" in done.stdout
    assert ("Every DAG run succeeded" in done.stdout) is not bool(told)


class _Night:
    """Airflow's answers in a night in which everything is done but the approval."""

    def __init__(self) -> None:
        self.answered: list[str] = []

    def runs(self, limit: int = 50) -> list[dict[str, str]]:
        states = dict.fromkeys(RUNS, "success") | ({} if self.answered else {"erase": "running"})
        return [{"dag_id": dag_id, "dag_run_id": "tonight", "state": state} for dag_id, state in states.items()]

    def pending(self) -> list[dict[str, Any]]:
        asked = {"dag_id": "erase", "run_id": "tonight", "options": ["Approve 12", "Reject 12"]}
        return [] if self.answered else [asked, asked | {"run_id": "last night"}]

    def answer(self, waiting: dict[str, Any], option: str) -> None:
        self.answered.append(option)


def test_the_approval_is_answered_or_left_to_a_person(
    warehouse: psycopg.Connection[Any], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit.record(warehouse, "books", night=NIGHT, source="crm", entity="customer", **NUMBERS)
    audit.keep_head(warehouse)
    monkeypatch.setattr(airflow, "stop", lambda _: 0)
    service = airflow.Airflow(home, "http://127.0.0.1:8080", {}, reused=True)
    monkeypatch.setattr(embedded_night, "prepare", lambda *_: service)
    for words in ((), ("--leave-approval",)):
        api = _Night()

        def run(*_: Any, leave: bool, api: Any = api) -> dict[str, str]:
            return embedded_night.Night(api, api, lambda _: None, leave=leave).watch()

        monkeypatch.setattr(embedded_night, "run", run)
        done = CliRunner().invoke(app, ["run", *words])
        assert done.exit_code == 0, done.stdout
        assert bool(api.answered) is not bool(words)
        assert ("The erasure plan waits for its answer" in done.stdout) is bool(words)
        # make ui would answer it.
        assert ("`make ui`" in done.stdout) is not bool(words)
        assert ("Every DAG run but the erasure, which waits, succeeded" in done.stdout) is bool(words)


def _refuse(conn: psycopg.Connection[Any], key: str, rules: list[str]) -> None:
    conn.execute(
        "insert into quarantine.row (source, entity, source_key, content_hash, gate, rules, first_pull, last_pull, "
        "first_refused_on, expires_on, row) values ('crm', 'person', %s, 'x', 'quality', %s, uuidv7(), uuidv7(), "
        '%s, %s, \'{"email": "planted"}\')',
        (key, rules, NIGHT, NIGHT),
    )


def _plan(
    conn: psycopg.Connection[Any], checksum: str, erase: tuple[str, ...] = (), keep: tuple[str, ...] = ()
) -> None:
    conn.execute(
        'insert into register.erasure_plan (checksum, night, erase, "restrict", keep, subjects) '
        "values (%s, %s, %s, 0, %s, 1)",
        (checksum, NIGHT, len(erase), len(keep)),
    )
    for action, ground, until, entities in (
        ("erase", "relationship_ended", None, erase),
        ("keep", "legal_hold", date(2027, 5, 20), keep),
    ):
        for entity in entities:
            conn.execute(
                "insert into register.erasure_item (checksum, source, entity, source_key, action, rule, ground, until) "
                "values (%s, 'crm', %s, 'T1', %s, 'relationship', %s, %s)",
                (checksum, entity, action, ground, until),
            )


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


def test_only_an_approver_of_the_policy_decides_on_a_plan(warehouse: psycopg.Connection[Any]) -> None:
    for decision in ("approve", "reject"):
        answer = CliRunner().invoke(app, ["erasure", decision, "0" * 12, "--staff", "stranger"])
        assert answer.exit_code == 1
        assert "'stranger' is not among the approvers of include/policy/controller.yaml" in answer.stderr
