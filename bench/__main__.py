"""`make bench`: what a pull takes, as a multiple of moving the same rows from COPY into COPY, all in one run.

    .venv/bin/python -m bench [--rows 1000000] [--big 5000000] [--without-peers]

Works on servers of its own and removes them. Prints a table and writes build/bench.json. Ends with status 1 where a
limit is not kept. MariaDB's part wants Debian's mariadb-server and is left out, and said so, where it is missing.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from bench import foreign, gates, peers, stand
from rekisteri import paths

BUILD = Path(__file__).parents[1] / "build"


@dataclass
class Result:
    """One measurement: ours, the floor of the same minute, and what is allowed."""

    name: str
    ours_s: float
    floor_s: float
    ratio: float
    limit: float | None
    peak_mb: float

    @property
    def kept(self) -> bool:
        """Whether the limit is kept."""
        return self.limit is None or self.ratio <= self.limit


def measured(name: str, step: Callable[[], float], limit: float | None) -> Result:
    """Measure one step between floors.

    Args:
        name: of the step.
        step: does it and returns its seconds.
        limit: how many times the floor it may take.
    """

    def here() -> tuple[float, float]:
        with stand.peak() as memory:
            seconds = step()
        return seconds, memory.mb

    return _between_floors(name, here, limit)


def peer(name: str, step: Callable[[], float]) -> Result:
    """Measure, between floors, what somebody else takes: in a process of its own."""
    return _between_floors(name, lambda: stand.aside(step), None)


def _between_floors(name: str, step: Callable[[], tuple[float, float]], limit: float | None) -> Result:
    stand.say(name)
    floors = [stand.floor() for _ in range(2)]
    stand.checkpoint()
    seconds, mb = step()
    floors.append(stand.floor())
    floor = statistics.median(floors)
    return Result(name, round(seconds, 2), round(floor, 2), round(seconds / floor, 2), limit, round(mb))


def results(with_peers: bool) -> Iterator[Result]:
    """Yield the measurements of one size of table."""
    nights: dict[str, dict[str, float]] = {}

    def night(run_id: str) -> float:
        nights[run_id] = stand.night(run_id)
        return sum(nights[run_id].values())

    yield measured("full pull into the register, both gates", lambda: night("first"), 4.0)
    for step, seconds in nights["first"].items():
        stand.say(f"  of which {step}: {seconds:.2f} s")
    stand.settle()
    yield measured("nothing changed, nothing vanished", lambda: night("same"), 0.3)
    stand.edit()
    yield measured("1 % changed, vanished rows found", lambda: night("changed"), 1.0)
    ours = measured("extraction from PostgreSQL", stand.extract, 1.5)
    yield ours
    if missing := foreign.missing():
        stand.say(f"MariaDB is left out: {missing}")
    else:
        with foreign.server() as uri:
            yield measured("extraction from MariaDB", lambda: stand.extract(dialect="mysql", uri=uri), 2.5)
    if with_peers:
        for name, step, times in (("pandas", peers.pandas, 10), ("dlt", peers.dlt, 6)):
            found = peer(f"extraction by {name}", step)
            yield found
            ratio = round(ours.ours_s / found.ours_s, 3)
            yield Result(f"ours beside {name}", ours.ours_s, found.ours_s, ratio, round(1 / times, 3), ours.peak_mb)


def both_gates() -> Iterator[Result]:
    """Yield what both gates take of staged rows, all of which, and then one in a hundred, are refused."""
    rules = gates.declare()
    for share, told, limit in ((1, "all", None), (100, "1 %", 2.5)):
        gates.spoil(share)
        pull_id = gates.staged()
        yield measured(f"both gates, {rules} expectations, {told} refused", partial(gates.gates, pull_id), limit)
        stand.say(f"refused: {gates.refused(pull_id):,}")


def in_pandas(ours: Result) -> Iterator[Result]:
    """Yield what Great Expectations takes in pandas for the same rows and expectations; ``ours``: both gates."""
    stand.forget()
    stand.declare(paths.home())
    gates.declare()
    gates.spoil(100)
    pull_id = gates.staged()
    gates.gates(pull_id)
    # The rows are staged in the database: before pandas can judge them, it must have them.
    whole = peer(
        "the same by Great Expectations in pandas, reading the rows included", partial(gates.in_pandas, pull_id)
    )
    yield whole
    ratio = round(ours.ours_s / whole.ours_s, 3)
    limit = round(1 / 5, 3)
    yield Result(
        "both gates beside Great Expectations in pandas", ours.ours_s, whole.ours_s, ratio, limit, ours.peak_mb
    )


def everything(rows: int, with_peers: bool) -> Iterator[Result]:
    """Yield all measurements of one size of table."""
    of_gates = []
    for one in both_gates():
        of_gates.append(one)
        yield one
    stand.forget()
    stand.declare(paths.home())
    stand.fill(rows)
    yield from results(with_peers)
    if with_peers:
        yield from in_pandas(of_gates[-1])


def memory(rows: int) -> Iterator[Result]:
    """Yield the memory that a pull of so many rows takes; its seconds are told, not judged."""
    stand.say(f"memory at {rows:,} rows")
    stand.fill(rows)
    with stand.peak() as held:
        seconds = sum(stand.night("big").values())
    yield Result(
        f"memory of a full pull of {rows:,} rows, MB", round(seconds, 2), 0, round(held.mb), 500, round(held.mb)
    )


def main() -> int:
    """Run the benchmarks; return the status."""
    asked = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--big", type=int, default=5_000_000, help="rows for the memory; 0 leaves it out")
    asked.add_argument("--without-peers", action="store_true")
    options = asked.parse_args()
    found: list[Result] = []
    with stand.servers() as home:
        stand.declare(home)
        stand.fill(options.rows)
        stand.warm()
        for result in everything(options.rows, not options.without_peers):
            found.append(result)
            print(line(result), flush=True)
        if options.big:
            stand.forget()
            stand.declare(home)
            for result in memory(options.big):
                found.append(result)
                print(line(result), flush=True)
    BUILD.mkdir(exist_ok=True)
    (BUILD / "bench.json").write_text(json.dumps([asdict(one) for one in found], indent=2) + "\n", encoding="utf-8")
    broken = [one.name for one in found if not one.kept]
    print(f"over their limit: {'; '.join(broken)}" if broken else "every limit is kept")
    return 1 if broken else 0


def line(one: Result) -> str:
    """Return one row of the table."""
    limit = "" if one.limit is None else f"<= {one.limit:g}"
    return (
        f"{one.name:44} ours {one.ours_s:8.2f} s   beside {one.floor_s:7.2f} s   ratio {one.ratio:7.2f} {limit:>8}   "
        f"peak {one.peak_mb:4.0f} MB   {'' if one.kept else 'OVER'}"
    )


if __name__ == "__main__":
    sys.exit(main())
