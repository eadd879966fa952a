"""After three nights no planted name, mail address, phone or hetu is in any place that is not meant to hold it.

Every store is read whole and searched for every planted value. First one value of each kind is planted in each store,
and the same search must find it. A store that cannot be read, or is empty where a night must have written, fails.
"""

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import psycopg
import pytest
from psycopg import conninfo
from psycopg.types.json import Jsonb

from rekisteri import paths
from rekisteri.demo.identifiers import disguised
from rekisteri.demo.people import plain
from rekisteri.embedded import place
from tests.airflow.conftest import Night, Run

# The first test that asks for them waits for all three nights, on a busy machine for minutes.
pytestmark = pytest.mark.timeout(1800)

SHORTEST = 6
"""Shorter values are not searched for: "Null", "2.1.24" or "Aho" are parts of ordinary words, dates and identifiers."""
SHORTEST_FAULTY = 12
"""Of the faulty values most are codes and places ("Europe", "us-east-1"), which logs hold rightly; the long ones and
those with an @ are told apart from them."""

Values = dict[bytes, str]
"""What is searched for, in small letters, to its kind."""


# What is searched for.


def spellings(kind: str, value: str) -> set[str]:
    """Return a planted value as it is, and as it may be rewritten on its way."""
    found = {value, plain(value)}
    if kind == "hetus" and re.fullmatch(r"\d{6}[-A]\w{4}", value):
        found |= {disguised(value, form) for form in range(5)}
    if kind == "phones" and value.startswith("+"):
        found |= {value[1:], "00" + value[1:], re.sub(r"\D", "", value)}
    return found


def surnames(names: list[str]) -> set[str]:
    """Return the family names of those that billing writes first: ``Kuusikallio, Anna-Liisa``."""
    return {name.partition(",")[0] for name in names if "," in name}


def sought(planted: dict[str, list[str]]) -> Values:
    """Return all that is searched for, in small letters."""
    kinds = {kind: set(values) for kind, values in planted.items() if kind != "faulty"}
    kinds["surnames"] = surnames(planted["names"])
    # Regions among them stand in the policy files, whose text the evidence keeps.
    policies = "".join(path.read_text(encoding="utf-8") for path in paths.POLICY.iterdir())
    kinds["faulty"] = {
        value
        for value in planted["faulty"]
        if ("@" in value or len(value) >= SHORTEST_FAULTY) and value not in policies
    }
    return {
        spelled.casefold().encode(): kind
        for kind, values in kinds.items()
        for value in values
        for spelled in spellings(kind, value)
        if len(spelled) >= SHORTEST
    }


def unescaped(text: str) -> str:
    """Return a text without what JSON, Python, URLs and pg_dump make of letters that are not ASCII."""
    text = re.sub(
        r"\\+x((?:[0-9a-f]{2}){4,})",
        lambda m: bytes.fromhex(m[1]).decode("utf-8", "replace"),
        text,
        flags=re.IGNORECASE,
    )
    text = re.sub(r"\\+u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), text, flags=re.IGNORECASE)
    text = re.sub(r"\\+x([0-9a-f]{2})", lambda m: chr(int(m[1], 16)), text, flags=re.IGNORECASE)
    return unquote(text)


def found_in(text: str, values: Values) -> set[tuple[str, str]]:
    """Return which of the values a text holds, as it is or escaped: (kind, value)."""
    hay = f"{text}\n{unescaped(text)}".casefold().encode("utf-8", "replace")
    return {(kind, value.decode()) for value, kind in values.items() if value in hay}


# Where it is searched for.


def tree(folder: Path, *without: Path, may_be_empty: bool = False) -> list[Path]:
    """Return all files below a folder; a folder that cannot be listed is an error, not an empty one."""

    def refuse(error: OSError) -> None:
        raise error

    assert folder.is_dir(), f"{folder} is not there"
    found = []
    for top, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if Path(top, name) not in without]
        found += [Path(top, name) for name in files]
    assert found or may_be_empty, f"{folder} is empty"
    return found


def content(files: list[Path]) -> str:
    """Return all that regular files hold."""
    return "\n".join(file.read_text(encoding="utf-8", errors="replace") for file in files if file.is_file())


def task_logs(night: Night) -> str:
    """Return everything below Airflow's folder, each task's log among it."""
    files = tree(night.home / "airflow")
    for task in ("pull", "conform", "check_quality", "merge", "erase", "publish"):
        assert any(f"task_id={task}" in str(file) for file in files), f"no log of {task}"
    return content(files)


def service_logs(night: Night) -> str:
    """Return the logs of scheduler, API server and DAG processor."""
    return content(tree(night.home / "log"))


def server_folder(night: Night) -> Path:
    """Return the folder of the embedded server, which may be outside the state folder."""
    return Path((night.home / place.RECORD).read_text(encoding="utf-8").strip())


def server_log(night: Night) -> str:
    """Return PostgreSQL's own log."""
    text = (server_folder(night) / "server.log").read_text(encoding="utf-8", errors="replace")
    assert "database system is ready" in text
    return text


def outside_copies(night: Night) -> str:
    """Return what the audit keeps outside the database."""
    return content(tree(night.home / "audit"))


def rest_of_home(night: Night) -> str:
    """Return every other file of the state folder, but the demo's own and the database's."""
    home = night.home
    known = [home / name for name in ("airflow", "log", "audit", "demo", "postgres")]
    return content(tree(home, *known, server_folder(night)))


def outside_home(night: Night) -> str:
    """Return what the night's processes left in their temporary folder and their user's home; mostly nothing."""
    files = [file for folder in night.outside for file in tree(folder, may_be_empty=True)]
    return content(files) + "\n".join(map(str, files))


def dumped(night: Night, database: str, *options: str) -> str:
    """Return what pg_dump gives of a database's data."""
    held = conninfo.conninfo_to_dict(night.uri(database))
    secret = {"PGPASSWORD": str(held.pop("password"))}
    command = [night.binaries / "pg_dump", "--data-only", *options, "--dbname", conninfo.make_conninfo(**held)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | secret)
    assert done.returncode == 0, f"pg_dump of {database} failed: {done.stderr}"
    return done.stdout


def metadata(night: Night) -> str:
    """Return the whole metadata database of Airflow: XCom, rendered templates, everything."""
    text = dumped(night, "airflow")
    for table in ("xcom", "rendered_task_instance_fields", "task_instance", "log", "hitl_detail", "serialized_dag"):
        rows = text.partition(f"COPY public.{table} ")[2].partition("\n\\.")[0].splitlines()[1:]
        assert rows, f"table {table} has no row: either the night did not run or Airflow keeps them elsewhere"
    return text


def evidence(night: Night) -> str:
    """Return the evidence. It takes no free text: nothing can be planted there (tests/test_audit.py)."""
    text = dumped(night, "warehouse", "--schema=audit")
    assert text.count("\tbooks\t") >= 25
    return text


def file_names(night: Night) -> str:
    """Return the name of every file in the state folder, but for the sources' object stores."""
    return "\n".join(str(path.relative_to(night.home)) for path in tree(night.home, night.store))


def object_names(night: Night) -> str:
    """Return the names in the object store. The Service Desk named its recordings after people."""
    return "\n".join(str(path.relative_to(night.store)) for path in tree(night.store))


def messages(night: Night) -> str:
    """Return the mails that went out, headers and all."""
    assert len(night.sink.mails) >= 2
    return "\n".join(mail.as_string() + str(mail.get_payload(decode=True)) for mail in night.sink.mails)


STORES: dict[str, Callable[[Night], str]] = {
    "task logs": task_logs,
    "logs of the services": service_logs,
    "PostgreSQL's log": server_log,
    "Airflow's metadata": metadata,
    "the evidence": evidence,
    "the evidence's outside copies": outside_copies,
    "file names": file_names,
    "object store's names": object_names,
    "the rest of the state folder": rest_of_home,
    "temporary and user's folder": outside_home,
    "mails": messages,
}
OF_THE_SOURCE = {"object store's names": {"files", "surnames"}}
"""What a store may hold, since it is a source's own."""


@pytest.fixture(scope="module")
def values(night: Night, down: Run) -> Values:
    """All that is searched for, when all three nights are over."""
    found = sought(night.planted)
    kinds = set(found.values())
    assert kinds == {*night.planted, "surnames"}
    return found


def left_in(store: str, night: Night, values: Values) -> set[tuple[str, str]]:
    """Return what a store holds of what it must not."""
    allowed = OF_THE_SOURCE.get(store, set())
    return found_in(STORES[store](night), {v: kind for v, kind in values.items() if kind not in allowed})


def test_almost_nothing_is_too_short_to_be_searched_for(night: Night, first: Run) -> None:
    for kind in ("names", "companies", "emails", "phones", "hetus", "logins", "files"):
        assert min(map(len, night.planted[kind])) >= SHORTEST, kind
    assert sum(len(name) < SHORTEST for name in surnames(night.planted["names"])) < 5


@pytest.mark.parametrize("store", STORES)
def test_no_planted_value_is_in(store: str, night: Night, values: Values) -> None:
    leaked = left_in(store, night, values)
    assert leaked == set(), f"{store}: {len(leaked)} planted values"


def test_the_commands_tell_no_planted_value(first: Run, again: Run, down: Run, values: Values) -> None:
    for run in (first, again, down):
        assert found_in(json.dumps(run.answer) + run.said, values) == set()


TOLD = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}|waiting|approved|erased")
"""A pull's id, a plan's checksum, a plan's state."""


def leaves(value: Any) -> Iterator[Any]:
    """Yield what a JSON value is made of, but for the keys of its objects."""
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from leaves(inner)
    if not isinstance(value, (dict, list)):
        yield value


def test_tasks_pass_on_nothing_but_ids_and_counts(night: Night, down: Run) -> None:
    with psycopg.connect(night.uri("airflow"), autocommit=True) as conn:
        passed = conn.execute("select dag_id, task_id, value from xcom where key = 'return_value'").fetchall()
    assert len(passed) > 30
    for dag_id, task_id, value in passed:
        for leaf in leaves(value):
            assert isinstance(leaf, (int, type(None))) or TOLD.fullmatch(leaf), f"{dag_id}.{task_id}: {leaf}"


# The same search finds what is there.


def canaries(planted: dict[str, list[str]]) -> dict[str, str]:
    """Return a planted value of each kind, one that JSON escapes where there is such."""
    chosen = {}
    for kind in ("names", "companies", "emails", "phones", "hetus", "logins"):
        fit = [value for value in planted[kind] if len(value) >= SHORTEST and "/" not in value]
        chosen[kind] = next((value for value in fit if not value.isascii()), fit[0])
    return chosen


@contextmanager
def in_a_file(file: Path, text: str) -> Iterator[None]:
    """Append to a file for a while."""
    size = file.stat().st_size if file.exists() else None
    with file.open("a", encoding="utf-8") as opened:
        opened.write(text)
    try:
        yield
    finally:
        os.truncate(file, size) if size is not None else file.unlink()


@contextmanager
def as_file_names(folder: Path, chosen: dict[str, str]) -> Iterator[None]:
    """Make a file of each name for a while."""
    files = [folder / f"call {value}.wav" for value in chosen.values()]
    for file in files:
        file.touch()
    try:
        yield
    finally:
        for file in files:
            file.unlink()


@contextmanager
def in_the_database(night: Night, plant: str, remove: str, chosen: dict[str, str]) -> Iterator[None]:
    """Write a row into Airflow's metadata for a while."""
    with psycopg.connect(night.uri("airflow"), autocommit=True) as conn:
        # Airflow's own serializer escapes what is not ASCII, too.
        row = conn.execute(plant, {"text": json.dumps(chosen), "json": Jsonb(chosen, dumps=json.dumps)}).fetchone()
        assert row is not None, "there is no row to model the canary on"
        try:
            yield
        finally:
            conn.execute(remove, {"old": Jsonb(row[0]), "id": row[0]})


XCOM = (
    "insert into xcom select (jsonb_populate_record(model, jsonb_build_object('key', 'canary', 'value', %(json)s))).* "
    "from xcom as model limit 1 returning to_jsonb(key)",
    "delete from xcom where key = 'canary'",
)
RENDERED = (
    "with model as (select ctid as place, rendered_fields as old from rendered_task_instance_fields limit 1) "
    "update rendered_task_instance_fields as field set rendered_fields = jsonb_build_object('canary', %(text)s::text) "
    "from model where field.ctid = model.place returning model.old",
    "update rendered_task_instance_fields set rendered_fields = %(old)s where rendered_fields::jsonb ? 'canary'",
)
EVENT = (
    "insert into log (dttm, event, extra) values (now(), 'canary', %(text)s) returning id",
    "delete from log where id = %(id)s",
)

Plant = Callable[[Night, dict[str, str]], AbstractContextManager[Any]]


def _lines(chosen: dict[str, str]) -> str:
    return "\n".join(chosen.values())


CANARIES: dict[str, tuple[str, Plant]] = {
    "a task's log": (
        "task logs",
        lambda night, chosen: in_a_file(night.home / "airflow" / "logs" / "canary.log", json.dumps(chosen)),
    ),
    "a service's log": (
        "logs of the services",
        lambda night, chosen: in_a_file(night.home / "log" / "canary.log", _lines(chosen)),
    ),
    "the server's log": (
        "PostgreSQL's log",
        lambda night, chosen: in_a_file(server_folder(night) / "server.log", _lines(chosen)),
    ),
    "an XCom": ("Airflow's metadata", lambda night, chosen: in_the_database(night, *XCOM, chosen)),
    "a rendered template": ("Airflow's metadata", lambda night, chosen: in_the_database(night, *RENDERED, chosen)),
    "an event of the metadata": ("Airflow's metadata", lambda night, chosen: in_the_database(night, *EVENT, chosen)),
    "an outside copy": (
        "the evidence's outside copies",
        lambda night, chosen: in_a_file(night.home / "audit" / "canary.jsonl", json.dumps(chosen)),
    ),
    "a file's name": ("file names", lambda night, chosen: as_file_names(night.home / "run", chosen)),
    "an object's name": ("object store's names", lambda night, chosen: as_file_names(night.store, chosen)),
    "a file elsewhere": (
        "the rest of the state folder",
        lambda night, chosen: in_a_file(night.home / "run" / "canary", _lines(chosen)),
    ),
    "a temporary file": (
        "temporary and user's folder",
        lambda night, chosen: in_a_file(night.outside[0] / "canary", _lines(chosen)),
    ),
}


@pytest.mark.parametrize("where", CANARIES)
def test_the_search_finds_what_is_planted_in(where: str, night: Night, values: Values) -> None:
    store, plant = CANARIES[where]
    chosen = canaries(night.planted)
    wanted = {(kind, value.casefold()) for kind, value in chosen.items()}
    with plant(night, chosen):
        assert wanted <= left_in(store, night, values)
    assert wanted.isdisjoint(left_in(store, night, values))


def test_every_kind_of_store_has_its_canary() -> None:
    # The evidence refuses free text; the mails are what the sink was sent.
    assert {store for store, _ in CANARIES.values()} == set(STORES) - {"the evidence", "mails"}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (r'{"a": "P\u00e4ivi M\u00e4kel\u00e4"}', "Päivi Mäkelä"),
        (r"P\\u00e4ivi M\\u00e4kel\\u00e4", "Päivi Mäkelä"),
        (r"'P\xe4ivi M\xe4kel\xe4'", "Päivi Mäkelä"),
        ("\\\\x" + "Päivi Mäkelä".encode().hex(), "Päivi Mäkelä"),
        ("q=P%C3%A4ivi%20M%C3%A4kel%C3%A4", "Päivi Mäkelä"),
        ("PÄIVI MÄKELÄ", "Päivi Mäkelä"),
        ("Paivi Makela", "Päivi Mäkelä"),
    ],
)
def test_a_value_is_found_however_it_is_written(written: str, value: str) -> None:
    kinds = ("names", "companies", "emails", "phones", "hetus", "logins", "files", "faulty")
    planted = {kind: [value] if kind == "names" else [] for kind in kinds}
    assert found_in(written, sought(planted))
    assert found_in("nothing of the kind", sought(planted)) == set()


# A store that cannot be read has not been searched.


@cache
def _needs_home() -> list[str]:
    return [name for name in STORES if name != "mails"]


@pytest.mark.parametrize("store", _needs_home())
def test_a_store_that_is_not_there_fails(store: str, night: Night, tmp_path: Path) -> None:
    with pytest.raises((AssertionError, OSError, KeyError)):
        STORES[store](replace(night, home=tmp_path / "elsewhere"))


def test_a_database_that_cannot_be_dumped_fails(night: Night, first: Run) -> None:
    with pytest.raises(AssertionError, match="pg_dump of nowhere failed"):
        dumped(night, "nowhere")
