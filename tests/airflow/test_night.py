"""A whole night by `rekisteri run`: as planted, so found; again, nothing changes; a source down, the rest goes on."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rekisteri import controller, sources
from rekisteri.embedded import secrets
from rekisteri.embedded.api import Api
from tests.airflow.conftest import DOWN, Night, Run

# The first test that asks for it waits for the whole night, on a busy machine for minutes.
pytestmark = pytest.mark.timeout(1800)

SOURCES = sorted(sources.read())
Keys = dict[str, list[str]]


def customers(by_source: Keys) -> set[tuple[str, str, str]]:
    """Return the records of customers that the manifest lists."""
    return {("customer", source, key) for source, keys in by_source.items() for key in keys}


def entities(night: Night) -> dict[tuple[str, str], int]:
    """Return what the manifest says was planted: rows by (source, entity)."""
    return {(s, entity): rows for s, counts in night.manifest["rows"].items() for entity, rows in counts.items()}


def read(run: Run) -> dict[tuple[str, str], int]:
    """Return the rows of the sources by (source, entity), read or known to be as they were, as the books have it."""
    return {(book["source"], book["entity"]): book["read"] + book["skipped"] for book in run.answer["books"]}


# The first night.


def test_the_first_night_succeeds(first: Run) -> None:
    assert first.answer["wrong"] == []
    assert first.status == 0
    assert {dag["dag_id"]: dag["state"] for dag in first.answer["dags"]} == dict.fromkeys(
        ["erase", "plan_erasure", "pseudonymize", *(f"ingest_{source}" for source in SOURCES)], "success"
    )


def test_the_books_balance_and_count_every_row_of_the_sources(night: Night, first: Run) -> None:
    assert read(first) == entities(night)
    for book in first.answer["books"]:
        assert book["balanced"] is True
        assert book["read"] == book["merged"] + book["unchanged"] + book["quarantined"] + book["suppressed"]
        assert (book["skipped"], book["unchanged"], book["suppressed"]) == (0, 0, 0)


def test_quarantine_holds_what_was_planted_for_exactly_its_reasons_and_nothing_else(night: Night, first: Run) -> None:
    assert night.manifest["not_planted"] == []
    planted = {(f["source"], f["entity"], f["source_key"], f["rule"]): f["copies"] for f in night.manifest["faults"]}
    assert len(planted) > 150
    assert dict(first.quarantine) == planted
    assert first.total("quarantined") == sum(planted.values())
    # Where a key is missing it is no key: nothing of it may be found by one.
    refused = {(entity, source, key) for source, entity, key, _ in planted}
    assert refused.isdisjoint(first.records)


def test_every_personal_identity_code_is_removed_and_counted(night: Night, first: Run) -> None:
    planted = {(s, entity, n) for s, counts in night.manifest["hetu"].items() for entity, n in counts.items()}
    assert set(first.left["hetus"]) == planted
    assert planted


def test_analysts_get_most_of_what_may_be_published(first: Run) -> None:
    tables = first.answer["analyst_tables"]
    assert {one["table_name"] for one in tables} == {"persons", "contracts", "cases"}
    for one in tables:
        assert one["rows"] == first.published[one["table_name"]].total() > 0
    rows, small = (sum(one[name] for one in tables) for name in ("rows", "left_out_small"))
    assert rows / (rows + small) >= 0.8


def unclear(night: Night) -> set[tuple[str, str, str]]:
    """Return customers whose stage alone does not tell: the debt may be over three years old, the case never made."""
    stages = night.manifest["stages"]
    return customers(stages["ended_unpaid"]) | customers(stages["ended_case_open"])


def test_customers_that_nothing_requires_are_erased_whole_and_nobody_else_is(night: Night, first: Run) -> None:
    due = {name: customers(by_source) for name, by_source in night.manifest["due"].items()}
    everybody = set().union(*(customers(by_source) for by_source in night.manifest["stages"].values()))
    # Billing keeps a customer whose invoices it must keep: restricted, to say whose they are.
    debtors = {record for record in due["but_invoices"] if record[1] == "billing"}
    gone = due["whole"] | due["but_prospect"] | (due["but_invoices"] - debtors)
    told = everybody - unclear(night)
    held = {record for record in first.records if record in told}
    assert held == told - gone
    assert {record for record in told if (record[1], record[0], record[2]) in first.erased} == gone
    assert {record for record in held if first.records[record] != (None, None)} == debtors


def test_an_unpaid_debt_and_an_open_case_keep_a_customer(night: Night, first: Run) -> None:
    for stage in ("ended_unpaid", "ended_case_open", "ended_order_open"):
        kept = customers(night.manifest["stages"][stage]) & set(first.records)
        assert any(first.records[record] == (None, None) for record in kept), stage


def test_invoices_in_their_statutory_years_stay_restricted_to_that_ground_until_a_date(
    night: Night, first: Run
) -> None:
    ended = set(night.manifest["due"]["but_invoices"]["billing"])
    found = [row for row in first.left["invoices"] if row[1] in ended]
    assert {customer for _, customer, _, _ in found} == ended
    for _, _, ground, until in found:
        assert ground == "voucher"
        assert until.isoformat() > night.manifest["as_of"]
    not_told = {key for _, source, key in unclear(night) if source == "billing"}
    others = [row for row in first.left["invoices"] if row[1] not in ended | not_told]
    assert {ground for _, _, ground, _ in others} == {None}


def test_a_legal_hold_keeps_and_one_that_is_over_does_not(night: Night, first: Run) -> None:
    open_holds = {
        (hold["entity"], hold["source"], hold["source_key"])
        for hold in night.manifest["holds"]
        if hold["until"] > night.manifest["as_of"]
    }
    assert customers(night.manifest["stages"]["held"]) < open_holds
    for record in open_holds:
        assert first.records[record] == (None, None)
    assert customers(night.manifest["stages"]["hold_expired"]).isdisjoint(first.records)


def test_people_whom_another_customer_ties_stay(night: Night, first: Run) -> None:
    kept = {("person", source, key) for source, keys in night.manifest["kept_persons"].items() for key in keys}
    assert kept
    assert kept <= set(first.records)


def test_recordings_go_with_their_files_when_their_time_is_over(night: Night, first: Run) -> None:
    said = night.manifest["recordings"]
    held = {key for _, key, _ in first.left["media"]}
    assert set(said["due"]).isdisjoint(held)
    assert set(said["kept"] + said["held"]) <= held
    files = {str(path.relative_to(night.store)) for path in night.store.rglob("*") if path.is_file()}
    # A refused row's recording was never taken over: its file is still the source's affair.
    assert {file for file in files if "/faulty/" not in file} == {media for _, _, media in first.left["media"]}


def test_the_plan_was_carried_out_as_approved(first: Run) -> None:
    assert [state for _, state, work in first.left["plans"] if work] == ["erased"]
    kinds = [kind for kind, _, _ in first.left["audit"]]
    order = [kinds.index(kind) for kind in ("plan_made", "plan_approved", "erased", "erasure_verified")]
    assert order == sorted(order)


@pytest.mark.parametrize("which", ["first", "again", "down"])
def test_the_evidence_is_intact(which: str, request: pytest.FixtureRequest) -> None:
    found = request.getfixturevalue(which).audit
    assert found["intact"] is True
    assert found["findings"] == []
    assert found["heads"] > 0


def test_the_waiting_approval_is_mailed_to_the_policys_addressee(first: Run) -> None:
    (mail,) = first.mails
    assert "erasure plan waits for approval" in mail["Subject"]
    assert mail["X-Envelope-To"] == controller.read().mail_to


# The second night: nothing has changed at the sources.


def test_again_succeeds_and_merges_nothing(night: Night, again: Run) -> None:
    assert again.answer["wrong"] == []
    assert again.status == 0
    assert read(again) == entities(night)
    assert [book for book in again.answer["books"] if book["merged"] or not book["balanced"]] == []


def test_again_what_was_erased_stays_erased(first: Run, again: Run) -> None:
    assert first.erased
    assert {(entity, source, key) for source, entity, key in first.erased}.isdisjoint(again.records)
    assert again.erased == first.erased


def test_again_the_register_and_quarantine_are_as_they_were(first: Run, again: Run) -> None:
    assert again.left["register"] == first.left["register"]
    assert again.quarantine == first.quarantine


def test_again_the_analyst_tables_hold_the_same(first: Run, again: Run) -> None:
    assert again.published == first.published


def test_again_there_is_nothing_to_approve(first: Run, again: Run) -> None:
    new = [plan for plan in again.left["plans"] if plan not in first.left["plans"]]
    assert [(state, work) for _, state, work in new] == [("erased", 0)] * len(new)
    assert [kind for kind, _, _ in again.left["audit"]].count("plan_approved") == 1
    assert again.mails == []


# The third night: the CRM's database lets nobody in.


def dag_states(run: Run) -> dict[str, str]:
    """Return DAG -> state of its last run."""
    return {dag["dag_id"]: dag["state"] for dag in run.answer["dags"]}


def test_a_source_that_is_down_turns_the_night_red_and_holds_back_nobody_else(down: Run) -> None:
    assert down.status == 1
    (wrong,) = down.answer["wrong"]
    assert wrong.startswith(f"ingest_{DOWN} is failed; `rekisteri gates` says what was stopped")
    assert {dag for dag, state in dag_states(down).items() if state != "success"} == {f"ingest_{DOWN}"}


def test_down_the_others_were_pulled_anew(again: Run, down: Run) -> None:
    def recounts(run: Run) -> dict[str, int]:
        counted = [source for kind, source, _ in run.left["audit"] if kind == "recounted"]
        return {source: counted.count(source) for source in SOURCES}

    assert recounts(down) == {s: n + (s != DOWN) for s, n in recounts(again).items()}
    assert ("pull_refused", DOWN) in {(kind, source) for kind, source, _ in down.left["audit"]}


def test_down_its_records_and_the_analysts_rows_stay(again: Run, down: Run) -> None:
    assert down.left["register"] == again.left["register"]
    assert any(source == DOWN for _, source, _ in down.records)
    assert down.quarantine == again.quarantine
    assert down.published == again.published


def test_down_the_plan_is_made_all_the_same(down: Run) -> None:
    assert dag_states(down)["plan_erasure"] == "success"
    assert dag_states(down)["erase"] == "success"


def test_down_the_failure_is_mailed_and_names_the_dag(down: Run) -> None:
    (mail,) = down.mails
    assert mail["Subject"] == f"rekisteri: ingest_{DOWN} failed"
    assert mail["X-Envelope-To"] == controller.read().mail_to


def log_of(home: Path, dag_id: str, task_id: str) -> list[str]:
    """Return a task's logs, one per try, of the last run."""
    runs = sorted((home / "airflow" / "logs" / f"dag_id={dag_id}").iterdir(), key=lambda path: path.stat().st_mtime)
    return [log.read_text(encoding="utf-8") for log in sorted((runs[-1] / f"task_id={task_id}").glob("*.log"))]


def errors_of(home: Path, dag_id: str) -> list[str]:
    """Return the lines of a DAG's newest run that tell of errors, each with its task."""
    runs = sorted((home / "airflow" / "logs" / f"dag_id={dag_id}").iterdir(), key=lambda path: path.stat().st_mtime)
    logs = sorted(runs[-1].rglob("*.log"))
    return [f"{log.parent.name} {line}" for log in logs for line in log.open(encoding="utf-8") if "error" in line]


def test_down_the_log_says_what_to_do_and_each_try_is_there(night: Night, down: Run) -> None:
    tries: list[Any] = log_of(night.home, f"ingest_{DOWN}", "pull")
    assert len(tries) == 4
    assert all(f"connection '{DOWN}': the server does not answer or refuses the login" in text for text in tries)


# Last week, made up for.


def test_a_backfill_reads_the_source_as_it_is_now_and_changes_nothing(night: Night, down: Run) -> None:
    """After the third night: nothing that it left is looked at any more."""
    last_week = datetime.now(UTC) - timedelta(days=7)
    before = night.left()
    users = secrets.read(night.home, "ui_passwords.json")
    with Api(f"http://127.0.0.1:{night.environment['REKISTERI_UI_PORT']}", "admin", users["admin"]) as api:
        asked = {"from_date": (last_week - timedelta(days=1)).isoformat(), "to_date": last_week.isoformat()}
        wanted = {"dag_id": "ingest_billing", "dag_run_conf": {"full": True}, "max_active_runs": 1}
        api.call("POST", "/backfills", json=asked | wanted)
        deadline = time.monotonic() + 120
        while not (runs := [one for one in api.runs("ingest_billing") if one["run_type"] == "backfill"]) or {
            one["state"] for one in runs
        } & {"queued", "running"}:
            assert time.monotonic() < deadline, [one["state"] for one in runs]
            time.sleep(0.5)
    assert [one["state"] for one in runs] == ["success"], errors_of(night.home, "ingest_billing")
    after = night.left()
    for name in ("register", "quarantine", "tombstones"):
        assert sorted(after[name]) == sorted(before[name]), name
    books = [numbers for kind, source, numbers in after["audit"] if (kind, source) == ("books", "billing")]
    books = books[-len({entity for source, entity in entities(night) if source == "billing"}) :]
    assert {book["merged"] for book in books} == {0}
    assert {book["skipped"] for book in books} == {0}
    suppressed = sum(1 for source, _, _ in down.erased if source == "billing")
    assert sum(book["suppressed"] for book in books) == suppressed > 0
