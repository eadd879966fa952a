"""The DAGs as files: what every one of them must say, and how they are wired; no metadata database is needed."""

import json
import os
import shutil
import subprocess
import sys
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pendulum
import pytest
import yaml
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import AssetAll, AssetOrTimeSchedule, RetryAction
from airflow.serialization.encoders import coerce_to_core_timetable
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.base import DataInterval, TimeRestriction

from rekisteri import errors, paths, schedule, sources
from rekisteri.audit import EntryRefused
from rekisteri.nights import ingest
from rekisteri.notices import Mail

FOLDER = paths.PROJECT / "dags"
HELSINKI = ZoneInfo("Europe/Helsinki")
INGEST = ["check_source", "pull", "conform", "check_quality", "check_residency", "merge", "link_subjects", "recount"]
CHAINS = {
    "plan_erasure": ["expire_quarantine", "wait_for_pulls", "plan"],
    "erase": ["approve", "wait_for_pulls", "erase", "verify"],
    "pseudonymize": ["give_pseudonyms", "publish", "build_docs"],
} | {
    f"ingest_{name}": ["wait_for_sources", *INGEST] if source.after else INGEST
    for name, source in sources.read().items()
}

# What costs seconds to import, or brings the register's model: only inside tasks.
HEAVY = ("pandas", "great_expectations", "sqlglot", "phonenumbers", "rekisteri.model", "rekisteri.warehouse")
IMPORT = """
import importlib.util, json, sys
from pathlib import Path
import airflow.sdk
from airflow.sdk.definitions.dag import DAG
before = set(sys.modules)
made = []
entered = DAG.__enter__
DAG.__enter__ = lambda dag: (made.append(dag.dag_id), entered(dag))[1]
found = {}
for file in sorted(Path(sys.argv[1]).glob("*.py")):
    spec = importlib.util.spec_from_file_location(file.stem + "_file", file)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    found[file.name] = sorted(set(sys.modules) - before)
print(json.dumps({"modules": found, "dags": made}))
"""

# A gate's verdict, a wrong policy, books that do not balance: the same again, however often it is tried.
VERDICTS = (
    errors.GateRefused,
    errors.QualityRefused,
    errors.ResidencyRefused,
    errors.PolicyError,
    errors.ModelError,
    errors.BooksUnbalanced,
    errors.ErasureRefused,
    errors.DecisionRefused,
    errors.NoSuchNight,
    errors.AuditBroken,
    errors.WarehouseOutdated,
)
MAY_PASS = (errors.SourceDown, errors.SourceError, errors.SetupError, errors.WarehouseError, OSError)


@pytest.fixture(scope="module")
def bag() -> DagBag:
    """All DAG files, imported as Airflow's DAG processor does."""
    return DagBag(dag_folder=FOLDER, bundle_path=FOLDER, bundle_name="dags-folder")


@pytest.fixture(params=sorted(CHAINS))
def dag(bag: DagBag, request: pytest.FixtureRequest) -> Any:
    """Each DAG in turn."""
    return bag.dags[request.param]


def imported(**environment: str) -> dict[str, Any]:
    """Import every DAG file in a fresh process; return the DAGs, and per file the modules that came since Airflow."""
    own = {k: v for k, v in os.environ.items() if not k.startswith("AIRFLOW__")} | environment
    command = [sys.executable, "-c", IMPORT, str(FOLDER)]
    done = subprocess.run(command, env=own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_every_file_imports_and_no_dag_is_left_out(bag: DagBag) -> None:
    assert bag.import_errors == {}
    assert sorted(bag.dags) == sorted(CHAINS)
    assert {Path(dag.fileloc).name for dag in bag.dags.values()} == {file.name for file in FOLDER.glob("*.py")}


def test_importing_a_dag_file_brings_in_nothing_heavy() -> None:
    found = imported()
    assert set(found["modules"]) == {file.name for file in FOLDER.glob("*.py")}
    assert sorted(found["dags"]) == sorted(CHAINS)
    for file, modules in found["modules"].items():
        heavy = [m for m in modules if m in HEAVY or m.startswith(tuple(f"{h}." for h in HEAVY))]
        assert heavy == [], f"{file} imports {', '.join(heavy)}"


def test_a_fourth_source_gets_its_dag_from_the_policy_alone(tmp_path: Path) -> None:
    policy = tmp_path / "policy"
    shutil.copytree(paths.POLICY, policy)
    declared = yaml.safe_load((policy / "sources.yaml").read_text(encoding="utf-8"))
    declared["sources"]["webshop"] = declared["sources"]["billing"] | {"title": "Web shop", "connection": "webshop"}
    (policy / "sources.yaml").write_text(yaml.safe_dump(declared), encoding="utf-8")
    found = imported(REKISTERI_POLICY=str(policy))
    assert sorted(found["dags"]) == sorted([*CHAINS, "ingest_webshop"])


def test_tasks_follow_each_other_in_the_order_of_a_night(dag: Any) -> None:
    chain = CHAINS[dag.dag_id]
    assert sorted(dag.task_ids) == sorted(chain)
    assert [task.task_id for task in dag.topological_sort()] == chain
    for before, after in pairwise(chain):
        assert after in dag.get_task(before).downstream_task_ids
    assert [task.task_id for task in dag.leaves] == [chain[-1]]


def test_names_read_as_sentences_and_the_runbook_has_each_task(dag: Any) -> None:
    assert dag.description
    assert dag.dag_display_name != dag.dag_id
    for task in dag.tasks:
        name = task.task_display_name
        assert name != task.task_id
        assert name[0].isupper()
        assert " " in name
        assert f"**{name}" in dag.doc_md, f"the runbook of {dag.dag_id} does not say what to do when {name!r} is red"
    assert "What this promises" in dag.doc_md
    assert "{" not in dag.doc_md, "a place in the runbook was not filled"


def test_an_ingest_is_named_after_its_source(bag: DagBag) -> None:
    for name, source in sources.read().items():
        dag = bag.dags[f"ingest_{name}"]
        assert source.title in dag.dag_display_name
        assert source.title in dag.doc_md


def test_a_source_that_comes_after_others_waits_for_them_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bag: DagBag
) -> None:
    assert [name for name, dag in bag.dags.items() if "wait_for_sources" in dag.task_ids] == ["ingest_service_desk"]
    shutil.copytree(paths.POLICY, tmp_path / "policy")
    monkeypatch.setattr(paths, "POLICY", tmp_path / "policy")
    policy = tmp_path / "policy" / "sources.yaml"
    policy.write_text(policy.read_text().replace("    after: [crm] ", "    after: [crm, billing] "))
    dags = DagBag(dag_folder=FOLDER / "ingest.py", bundle_path=FOLDER, bundle_name="dags-folder").dags
    assert [task.task_id for task in dags["ingest_crm"].topological_sort()] == INGEST
    dag = dags["ingest_service_desk"]
    assert [task.task_id for task in dag.topological_sort()] == ["wait_for_sources", *INGEST]
    waits = dag.get_task("wait_for_sources")
    assert waits.downstream_task_ids == {"check_source"}
    assert (waits.task_display_name, waits.mode) == ("Wait for CRM and Billing", "reschedule")
    # Longer than the two hours in which it gives up by itself, and than no DAG run.
    assert ingest.PATIENCE < timedelta(seconds=waits.timeout) < dag.dagrun_timeout
    assert "**Wait for CRM and Billing**" in dag.doc_md
    for text in (dag.doc_md, dags["ingest_crm"].doc_md):
        assert "{" not in text
    assert "Wait for" not in dags["ingest_crm"].doc_md
    asked: list[Any] = []
    monkeypatch.setattr(schedule, "variable", lambda _: "2026-11-01")
    monkeypatch.setattr(ingest, "may_begin", lambda *given: asked.append(given) or len(asked) > 1)
    now = datetime.now(HELSINKI)
    run = SimpleNamespace(run_after=now, start_date=now)
    answers = [waits.python_callable(*waits.op_args, {"night": None}, run) for _ in range(2)]
    assert (answers, asked) == ([False, True], [("service_desk", date(2026, 11, 1), now)] * 2)


def test_one_run_at_a_time_and_none_for_nights_that_are_past(dag: Any) -> None:
    assert dag.max_active_runs == 1
    assert dag.catchup is False


def test_nothing_can_run_for_ever(dag: Any) -> None:
    assert dag.dagrun_timeout
    for task in dag.tasks:
        # A task that waits for a person has a time limit of its own, and occupies nothing meanwhile.
        assert task.execution_timeout or task.response_timeout, task.task_id
        longest = task.execution_timeout or task.response_timeout
        assert longest < dag.dagrun_timeout


def test_what_may_pass_by_itself_is_tried_again_later_and_later(dag: Any) -> None:
    for task in dag.tasks:
        if (dag.dag_id, task.task_id) == ("plan_erasure", "wait_for_pulls"):
            assert task.retries == 0  # it looks every twenty seconds anyway
            continue
        assert task.retries == 3
        assert task.retry_exponential_backoff
        assert task.retry_delay == timedelta(minutes=2)
        assert task.max_retry_delay == timedelta(minutes=20)


@pytest.mark.parametrize("error", VERDICTS)
def test_a_verdict_is_not_tried_again(dag: Any, error: type[Exception]) -> None:
    for task in dag.tasks:
        assert task.retry_policy.evaluate(error("no"), 1, 3).action is RetryAction.FAIL, task.task_id


@pytest.mark.parametrize("error", MAY_PASS)
def test_a_source_that_is_down_is_tried_again(dag: Any, error: type[Exception]) -> None:
    for task in dag.tasks:
        assert task.retry_policy.evaluate(error("no"), 1, 3).action is not RetryAction.FAIL, task.task_id


def test_every_error_of_ours_is_a_verdict_or_may_pass() -> None:
    """An error class that is added must say which it is."""
    left, known = [errors.RekisteriError], set()
    while left:
        known.update(below := [one for one in left.pop().__subclasses__() if one is not EntryRefused])
        left += below
    assert {one for one in known if one.__module__ == "rekisteri.errors"} == {*VERDICTS, *MAY_PASS} - {OSError}


def test_a_failed_run_is_mailed(dag: Any) -> None:
    callbacks = dag.on_failure_callback
    (callback,) = callbacks if isinstance(callbacks, list) else [callbacks]
    assert isinstance(callback, Mail)
    for task in dag.tasks:
        assert [one for one in task.on_failure_callback if isinstance(one, Mail)] == [callback]


def test_a_pull_that_failed_is_given_up_so_that_the_plan_does_not_wait_for_it(
    bag: DagBag, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(ingest, "give_up", lambda source, run_id: told.append((source, run_id)))
    for name in sources.read():
        dag = bag.dags[f"ingest_{name}"]
        for task in dag.tasks:
            callback, mail = task.on_failure_callback
            assert mail is schedule.FAILED
            callback({"dag": dag, "dag_run": SimpleNamespace(run_id=task.task_id)})
        assert told == [(name, task.task_id) for task in dag.tasks]
        told.clear()


def test_no_leaf_hides_a_failure(dag: Any) -> None:
    for task in dag.tasks:
        assert task.trigger_rule == "all_success", task.task_id


def test_tasks_of_the_warehouse_share_its_pool(dag: Any) -> None:
    assert {task.pool for task in dag.tasks} == {"warehouse"}


def test_nothing_is_rendered_from_templates_that_a_run_could_fill(dag: Any) -> None:
    """XCom and parameters carry ids, counts and a date; no statement and no file is a template."""
    for task in dag.tasks:
        assert set(task.template_fields) <= {"op_args", "op_kwargs", "templates_dict"}
    assert set(dag.params) <= {"night", "full", "accept"}


def following(timetable: Any, since: date, count: int) -> list[datetime]:
    """Return when a timetable starts its next runs, in Finnish time."""
    core = coerce_to_core_timetable(timetable)
    last = DataInterval.exact(pendulum.datetime(since.year, since.month, since.day, 12))
    found = []
    for _ in range(count):
        info = core.next_dagrun_info(last_automated_data_interval=last, restriction=TimeRestriction(None, None, True))
        assert info is not None
        last = info.data_interval
        found.append(info.run_after.astimezone(HELSINKI))
    return found


@pytest.mark.parametrize("since", [date(2026, 10, 23), date(2027, 3, 26), date(2027, 6, 1)])
def test_sources_are_pulled_at_one_in_finland_whatever_the_season(bag: DagBag, since: date) -> None:
    for name in sources.read():
        starts = following(bag.dags[f"ingest_{name}"].schedule, since, 5)
        assert [(s.hour, s.minute) for s in starts] == [(1, 0)] * 5
        assert [s.date() for s in starts] == [since + timedelta(days=n) for n in range(1, 6)]


@pytest.mark.parametrize("since", [date(2026, 10, 23), date(2027, 3, 26)])
def test_the_plan_is_made_once_in_every_night_also_when_the_clocks_change(bag: DagBag, since: date) -> None:
    """03:30 is not there on the last Sunday of March, and there twice on that of October."""
    starts = following(bag.dags["plan_erasure"].schedule.timetable, since, 5)
    assert [s.date() for s in starts] == [since + timedelta(days=n) for n in range(1, 6)]
    assert {(s.hour, s.minute) for s in starts} <= {(3, 30), (4, 30)}


def test_the_night_is_the_date_in_finland(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "variable", lambda _: None)
    late = datetime(2026, 10, 31, 23, 0, tzinfo=ZoneInfo("UTC"))
    assert schedule.night_of(None, late) == date(2026, 11, 1)
    assert schedule.night_of("2026-10-05", late) == date(2026, 10, 5)
    monkeypatch.setattr(schedule, "variable", lambda _: "2026-11-09")
    assert schedule.night_of(None, late) == date(2026, 11, 9)


def test_a_night_that_is_yet_to_come_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "variable", lambda _: "2026-11-01")
    with pytest.raises(errors.PolicyError, match="2026-11-02 is yet to come"):
        schedule.night_of("2026-11-02", None)


def outlets(dag: Any) -> dict[str, list[str]]:
    """Return task id -> names of the assets that it renews."""
    return {task.task_id: [asset.name for asset in task.outlets] for task in dag.tasks if task.outlets}


def test_assets_tie_the_dags_of_a_night_together(bag: DagBag) -> None:
    pulled = {f"ingest_{name}": schedule.pulled(name) for name in sources.read()}
    for dag_id, asset in pulled.items():
        # Only a pull that was counted again: never one whose books did not balance.
        assert outlets(bag.dags[dag_id]) == {"recount": [asset.name]}
    planned = bag.dags["plan_erasure"]
    assert outlets(planned) == {"plan": ["erasure_plan"]}
    assert isinstance(planned.schedule, AssetOrTimeSchedule)
    condition = planned.schedule.asset_condition
    assert isinstance(condition, AssetAll)
    assert {asset.name for asset in condition.objects} == {asset.name for asset in pulled.values()}
    for dag_id in ("erase", "pseudonymize"):
        assert [asset.name for asset in bag.dags[dag_id].schedule] == ["erasure_plan"]
    assert outlets(bag.dags["erase"]) == {}
    assert outlets(bag.dags["pseudonymize"]) == {"publish": ["analyst_tables"]}


def test_the_scheduler_can_store_each_dag(dag: Any) -> None:
    """What is stored holds no policy value that a person edits for privacy, and can be read again."""
    stored = json.loads(json.dumps(DagSerialization.to_dict(dag)))
    assert DagSerialization.from_dict(stored).dag_id == dag.dag_id
