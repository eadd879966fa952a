"""Runs a step in a process group of its own, holds it at a point until it is seen there, and kills the group."""

import contextlib
import fcntl
import os
import signal
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from rekisteri import audit_heads, connections

PATIENCE = 90.0
"""Seconds in which a step must come to the point where it is held; the machine may be busy."""
Seen = Callable[[int], bool]
"""Takes the child's process id; tells whether it is at the point now."""
Hold = Callable[[], AbstractContextManager[Seen]]


def killed(step: Callable[[], object] | str, hold: Hold) -> None:
    """Kill a step's whole process group with SIGKILL while it is at the point that ``hold`` holds.

    Args:
        step: run in a fork, as Airflow's executor makes one for each task: nothing needs to be imported again; or
            Python source, run by an interpreter of its own.
        hold: the point.
    """
    with hold() as is_seen:
        child = _spawned(step) if isinstance(step, str) else forked(step)
        try:
            _wait(child, is_seen)
        finally:
            status = reaped(child, kill=True)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL


def _spawned(code: str) -> int:
    return os.posix_spawn(sys.executable, [sys.executable, "-c", code], os.environ, setsid=True)


def forked(step: Callable[[], object]) -> int:
    """Start a step in a fork, with a process group of its own; return its process id."""
    child = os.fork()
    if child:
        return child
    status = 3
    try:
        os.setsid()
        step()
        status = 0
    finally:
        # Without the fixtures' clean-up, which is the parent's.
        os._exit(status)


def reaped(child: int, kill: bool) -> int:
    """Wait for a child's end, or bring it about with its whole group; return its status."""
    if kill:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        # Too early for a group of its own.
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def _wait(child: int, is_seen: Seen) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_seen(child):
        # WNOWAIT: the child is reaped by the caller.
        ended = os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        assert ended is None, f"the step ended with {ended.si_status} and never came to the point where it is held"
        assert time.monotonic() < deadline, "the step never came to the point where it is held"
        time.sleep(0.01)


def waited_for(is_so: Callable[[], bool]) -> None:
    """Wait until something is so.

    Raises:
        AssertionError: it never was.
    """
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, "what was waited for never came"
        time.sleep(0.01)


def lock(statement: str, database: str = "warehouse") -> Hold:
    """Hold whoever needs what this statement locks: ``lock table ...`` or ``select ... for update``."""

    @contextmanager
    def hold() -> Generator[Seen]:
        with (
            connections.connect("postgres_admin", dbname=database) as locker,
            connections.connect("postgres_admin", autocommit=True) as watcher,
        ):
            locker.execute(statement)  # type: ignore[call-overload]
            me = locker.info.backend_pid
            yield lambda _: _waits_for(watcher, me)
            locker.rollback()

    return hold


def writes(table: str, database: str = "warehouse") -> Hold:
    """Hold whoever is about to write to a table; reading stays free."""
    return lock(f"lock table {table} in exclusive mode", database)


def _waits_for(watcher: psycopg.Connection[Any], backend: int) -> bool:
    found = watcher.execute(
        "select count(*) from pg_stat_activity where %s = any(pg_blocking_pids(pid)) and wait_event_type = 'Lock'",
        (backend,),
    ).fetchone()
    return bool(found and found[0])


@contextmanager
def kept_head() -> Iterator[Seen]:
    """Hold whoever is about to keep the audit's head: after the commit, before the step ends."""
    with audit_heads.path().open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield _waits_for_a_file
        fcntl.flock(file, fcntl.LOCK_UN)


def _waits_for_a_file(child: int) -> bool:
    waiting = [line.split() for line in Path("/proc/locks").read_text(encoding="ascii").splitlines() if "->" in line]
    return any(str(child) in fields for fields in waiting)


@contextmanager
def amid_copy(admin: str = "postgres_admin") -> Iterator[Seen]:
    """Hold the source in the midst of sending a table's rows, with some of them arrived.

    Args:
        admin: connection of the superuser of the warehouse's server.
    """
    with (
        connections.connect("demo_crm", autocommit=True) as origin,
        connections.connect("postgres_admin", autocommit=True) as watcher,
        connections.connect(admin, autocommit=True) as arriving,
    ):
        origin.execute("select pg_advisory_lock(4711)")
        origin.execute("alter table crm.activities rename to activities_whole")
        # Enough rows before the one that waits that the source's server has sent some; the sums do not wait.
        origin.execute(
            "create view crm.activities as select a.* from crm.activities_whole as a cross join generate_series(1, 99) "
            "union all select * from crm.activities_whole "
            "where current_query() ilike '%hash_record%' or pg_advisory_xact_lock_shared(4711) is not null"
        )
        origin.execute("grant select on crm.activities to crm_reader")
        try:
            yield lambda _: _waits_for(watcher, origin.info.backend_pid) and _takes_a_copy(arriving)
        finally:
            # First: the killed step's own session may still wait for it, with the view in use.
            origin.execute("select pg_advisory_unlock(4711)")
            origin.execute("drop view crm.activities")
            origin.execute("alter table crm.activities_whole rename to activities")


@contextmanager
def amid_great_expectations() -> Iterator[Seen]:
    """Hold nobody: Great Expectations is seen by a session of its own, which it keeps until its last verdict."""
    with connections.connect("postgres_admin", autocommit=True) as watcher:
        yield lambda _: _has_a_second_session(watcher)


def _has_a_second_session(watcher: psycopg.Connection[Any]) -> bool:
    found = watcher.execute(
        "select count(*) from pg_stat_activity where datname = 'warehouse' and usename = 'rekisteri_pipeline' "
        "and application_name <> 'rekisteri'"
    ).fetchone()
    return bool(found and found[0])


def _takes_a_copy(watcher: psycopg.Connection[Any]) -> bool:
    found = watcher.execute(
        "select count(*) from pg_stat_activity where datname = 'warehouse' and state = 'active' "
        'and query ilike \'copy "staging"."crm__event"%\''
    ).fetchone()
    return bool(found and found[0])
