"""`make soak`: kills steps of a night at points drawn at random, runs it on, and compares what it leaves.

A point is a step and either one of its SQL statements, before which its process group is killed, or a moment within
the time that it took undisturbed. A seed gives the same points again, though a moment never falls quite the same.
"""

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from rekisteri import connections, warehouse
from rekisteri.embedded import life
from tests.faults import nights
from tests.faults.killing import forked, reaped

DONE_TWICE = {"verify": ("audit",), "publish": ("audit", "analytics.publication")}
"""What is truly done twice where the step had ended before it was killed: it looked again, it published again."""


class Point(NamedTuple):
    """Where a step is killed: before its n-th statement, or after so many seconds."""

    step: str
    statement: int | None
    seconds: float | None

    def __str__(self) -> str:
        """Say it in a line."""
        return f"statement {self.statement}" if self.statement else f"{self.seconds:.3f} s"


@dataclass
class Measures:
    """What each step took undisturbed."""

    statements: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def of(self, step: str) -> Iterator[None]:
        """Measure a step that runs in this process."""
        sent = 0

        def count() -> None:
            nonlocal sent
            sent += 1

        begun = time.monotonic()
        with _before_each_statement(count):
            yield
        self.statements[step], self.seconds[step] = sent, time.monotonic() - begun

    def draw(self, seed: int, points: int) -> list[Point]:
        """Draw points: of any step alike, half of them statements, half moments."""
        chance = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
        return [self._one(chance) for _ in range(points)]

    def _one(self, chance: random.Random) -> Point:
        step = chance.choice(nights.STEPS)
        if chance.random() < 0.5:
            return Point(step, chance.randint(1, self.statements[step]), None)
        return Point(step, None, chance.uniform(0, self.seconds[step]))


@contextmanager
def _before_each_statement(do: Callable[[], None]) -> Iterator[None]:
    """Call ``do`` whenever this process is about to send a statement, Great Expectations' ones included."""
    kept = {name: getattr(psycopg.Cursor, name) for name in ("execute", "executemany", "copy")}
    lock = threading.Lock()

    def watched(send: Callable[..., Any]) -> Callable[..., Any]:
        def sent(*args: Any, **named: Any) -> Any:
            with lock:
                do()
            return send(*args, **named)

        return sent

    for name, send in kept.items():
        setattr(psycopg.Cursor, name, watched(send))
    try:
        yield
    finally:
        for name, send in kept.items():
            setattr(psycopg.Cursor, name, send)


def _to_the_point(point: Point) -> None:
    """Do the step, in a process of its own, up to the statement of its point."""
    left = point.statement or 0

    def count() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.killpg(0, signal.SIGKILL)

    with _before_each_statement(count):
        nights.do(point.step)


def disturb(copies: nights.Copies, point: Point, wanted: dict[str, Any]) -> tuple[bool, dict[str, Any]]:
    """Kill a step at a point, run the night on from it.

    Args:
        copies: of the state before each step.
        point: where.
        wanted: what the undisturbed night left.

    Returns:
        Whether the step was killed before it ended, and what differs in the end.
    """
    copies.restore(point.step)
    child = forked(lambda: _to_the_point(point))
    if point.seconds is not None:
        time.sleep(point.seconds)
    status = reaped(child, kill=point.seconds is not None)
    nights.finish(point.step)
    found = nights.differences(nights.left(), wanted)
    for name in DONE_TWICE.get(point.step, ()):
        if name in found and not found[name]["missing"]:
            del found[name]
    return os.WIFSIGNALED(status), found


@contextmanager
def own_server() -> Iterator[Path]:
    """A state folder in a temporary place, with a server and a prepared warehouse; nothing of it stays."""
    with tempfile.TemporaryDirectory(prefix="rekisteri-soak-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # below it the server's account must be able to pass
        home = Path(folder) / "state"
        os.environ["REKISTERI_HOME"] = str(home)
        life.start_database(home)
        try:
            with connections.connect("postgres_admin", dbname="warehouse", autocommit=True) as admin:
                warehouse.prepare(admin)
            yield home
        finally:
            life.clean(home)


def main() -> int:
    """Draw, kill, compare; print a line for each point and return 1 where any differs."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    asked.add_argument("--points", type=int, default=50)
    given = asked.parse_args()
    print(f"seed {given.seed}: {given.points} points (the same again: make soak SEED={given.seed})", flush=True)
    differ, killed, begun = 0, 0, time.monotonic()
    with own_server() as home:
        copies, measures = nights.Copies(home, home / "copies"), Measures()
        wanted = nights.undisturbed(copies, measures.of)
        print(f"undisturbed: {sum(measures.seconds.values()):.1f} s, {sum(measures.statements.values())} statements")
        for n, point in enumerate(measures.draw(given.seed, given.points), 1):
            since = time.monotonic()
            was_killed, found = disturb(copies, point, wanted)
            differ, killed = differ + bool(found), killed + was_killed
            print(
                f"{n:3}  {point.step:16} {point!s:16} {'killed' if was_killed else 'had ended':10}"
                f"{time.monotonic() - since:6.1f} s  {'DIFFERS: ' + ', '.join(found) if found else 'as undisturbed'}",
                flush=True,
            )
        shutil.rmtree(home / "copies", ignore_errors=True)
    print(
        f"{given.points} points, {killed} killed before they ended, {differ} differ, {time.monotonic() - begun:.0f} s"
    )
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
