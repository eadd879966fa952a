"""The production shape, natively: a worker is killed in mid-pull, and the night ends as if nothing had happened."""

import json
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.celery.conftest import Ended
from tests.celery.topology import AIRFLOW, WORKERS
from tests.faults import nights

# The first test that asks for it waits for the whole night, on a busy machine for minutes.
pytestmark = pytest.mark.timeout(900)


def test_every_dag_run_succeeded(ended: Ended) -> None:
    assert set(ended.states.values()) == {"success"}
    assert len(ended.states) == len(nights.SOURCES) + 3


def test_the_killed_workers_pull_was_tried_again_by_the_other(ended: Ended) -> None:
    assert ended.topology.processes(ended.killed) == []
    assert ended.tries["pull"] >= 2
    assert ended.tries["merge"] == 1


def test_the_night_left_what_an_undisturbed_one_leaves(ended: Ended) -> None:
    found, wanted = dict(ended.left), dict(ended.wanted)
    # Sources are pulled side by side here, one after the other there: the entries of who is who count differently.
    for left in (found, wanted):
        left["audit"] = [entry for entry in left["audit"] if not entry.startswith("('subjects_linked'")]
    assert nights.differences(found, wanted) == {}


def test_the_comparison_shows_something(ended: Ended) -> None:
    for name in ("quarantine.row", "vault.row_tombstone", "links", "books", 'register."event"', "audit"):
        assert ended.left[name], name


def test_the_evidence_is_intact(ended: Ended) -> None:
    assert ended.left["audit broken"] == []
    assert (ended.topology.folder / "audit" / "heads.jsonl").stat().st_size


def test_health_checks_tell_the_dead_worker_from_the_living(ended: Ended) -> None:
    (other,) = set(WORKERS) - {ended.killed}
    assert ended.before == dict.fromkeys([*AIRFLOW, *WORKERS], True)
    assert ended.after == {other: True, ended.killed: False}


# Who gets where.


def test_the_broker_lets_nobody_in_without_a_password_and_nobody_empty_it(ended: Ended) -> None:
    url = (ended.topology.secrets / "broker_url").read_text(encoding="utf-8")
    parts = urlsplit(url)
    once = Retry(NoBackoff(), 0)
    for login in ({}, {"username": "airflow", "password": "wrong"}, {"password": parts.password}):
        stranger = redis.Redis(host="127.0.0.1", port=parts.port or 0, retry=once, **login)
        with stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
    with redis.Redis.from_url(url) as known:
        assert known.ping()
        for forbidden in ("flushall", "config get requirepass", "acl list", "keys *"):
            with pytest.raises(redis.exceptions.NoPermissionError):
                known.execute_command(*forbidden.split())


@pytest.mark.parametrize(
    ("login", "database"),
    [
        ("celery_results", "airflow"),
        ("celery_results", "postgres"),
        ("airflow_metadata", "celery"),
        ("warehouse", "postgres"),
    ],
)
def test_a_login_gets_into_its_own_database_only(ended: Ended, login: str, database: str) -> None:
    held = json.loads((ended.topology.secrets / "server_connections.json").read_text(encoding="utf-8"))
    with psycopg.connect(held[login]):
        pass
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(urlsplit(held[login])._replace(path=f"/{database}").geturl())


def test_no_secret_is_in_a_log_a_command_line_or_an_environment(ended: Ended) -> None:
    topology, known = ended.topology, ended.topology.passwords()
    assert len(known) >= 15
    seen = {str(path): path.read_text(encoding="utf-8", errors="replace") for path in topology.logs()}
    assert any("task_id=pull" in path for path in seen)
    for name in {*AIRFLOW, *WORKERS, "redis"} - {ended.killed}:
        for process in topology.processes(name):
            seen[f"{name}: command line"] = " ".join(process.cmdline())
            seen[f"{name}: environment"] = " ".join(process.environ().values())
    assert [place for place, text in seen.items() for password in known if password in text] == []


def test_tasks_do_not_know_where_airflows_database_is(ended: Ended) -> None:
    (other,) = set(WORKERS) - {ended.killed}
    told = [process.environ() for process in ended.topology.processes(other)]
    assert told
    assert [name for environment in told for name in environment if "SQL_ALCHEMY" in name or "FERNET" in name] == []


def test_the_command_line_works_where_a_worker_runs(ended: Ended) -> None:
    ended.topology.run("worker", "rekisteri", "audit", "verify")
