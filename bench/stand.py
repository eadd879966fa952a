"""The stand: an embedded server of its own, a source with a million cases, and the nights of one pull."""

import multiprocessing
import os
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from rekisteri import connections, extraction, merging, paths, quality, recount, warehouse
from rekisteri.embedded import life, secrets
from rekisteri.nights import ingest
from rekisteri.residency import gate

NIGHT = date(2026, 11, 1)
STEPS: dict[str, Callable[[str], object]] = {
    "extract": extraction.extract,
    "conform": ingest.conform,
    "check_quality": quality.check_quality,
    "check_locations": gate.check_locations,
    "merge": merging.merge,
    "recount": recount.recount,
}
SELECTS = {
    "customer": """select
    id as source_key,
    'company' as kind,
    name
from desk.client
""",
    "case": """select
    id as source_key,
    client_id as customer_key,
    opened_at,
    closed_at,
    category,
    severity,
    title
from desk.ticket
""",
}
ENTRY = """sources:
  desk:
    title: Desk
    connection: {connection}
    dialect: {dialect}
    controller: praecom
    processor: palvelupiste
    location: FI
    timeout: 3600
"""
CASES = """
create schema desk;
create table desk.client (id bigint primary key, name text not null);
insert into desk.client select n, 'Asiakas ' || n || ' Oy' from generate_series(1, {customers}) as n;
create table desk.ticket (
    id bigint primary key, client_id bigint not null, opened_at timestamptz not null, closed_at timestamptz,
    category text not null, severity text not null, title text not null
);
insert into desk.ticket
select
    n,
    1 + hashint8(n) % {customers} + case when hashint8(n) < 0 then {customers} - 1 else 0 end,
    -- None in the future, however many there are.
    timestamptz '2020-01-01' + n % 1000000 * interval '3 minutes',
    case when n % 10 > 0 then timestamptz '2020-01-01' + n % 1000000 * interval '3 minutes' + interval '2 days' end,
    (array['access', 'hardware', 'network', 'software', 'billing', 'other'])[1 + n % 6],
    (array['low', 'normal', 'high', 'critical'])[1 + n % 4],
    -- 200 characters of words, as people write of a printer, in about as many ways as there are cases.
    rpad((
        select string_agg((array[
            'tulostin', 'ei', 'toimi', 'yhteys', 'katkeaa', 'näyttö', 'asiakas', 'odottaa', 'päivitys', 'jälkeen',
            'salasana', 'vaihdettu', 'sähköposti', 'jumissa', 'kokous', 'alkaa', 'klo 12', 'käyttäjä', 'ilmoitti',
            'että', 'verkko', 'hidas', 'työasema', 'käynnistyy', 'uudelleen', 'huomenna', 'toimisto', '2. kerros'
        ])[1 + (hashint8(n * 31 + word) & 1023) % 28], ' ')
        from generate_series(1, 26) as word
    ), 200, '.')
from generate_series(1, {rows}) as n;
"""


@contextmanager
def servers() -> Iterator[Path]:
    """Start an embedded server in a folder of its own; all is removed at the end."""
    with tempfile.TemporaryDirectory(prefix="rekisteri-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # below it the server's account must be able to pass
        home = Path(folder) / "state"
        os.environ["REKISTERI_HOME"] = str(home)
        # A peer reaches a server by host and port only; ours goes by the socket all the same.
        with socket.create_server(("127.0.0.1", 0)) as probe:
            os.environ["REKISTERI_PG_PORT"] = str(probe.getsockname()[1])
        life.start_database(home)
        try:
            with connections.connect("postgres_admin", dbname="warehouse", autocommit=True) as admin:
                warehouse.prepare(admin)
            yield home
        finally:
            life.clean(home)


def declare(home: Path, connection: str = "demo_crm", dialect: str = "postgresql") -> None:
    """Declare the source: an entry and two SELECTs, as a user would.

    Args:
        home: the state folder.
        connection: Airflow connection id of the source.
        dialect: of the source.
    """
    include = home / "include"
    shutil.rmtree(include, ignore_errors=True)
    shutil.copytree(paths.INCLUDE, include)
    shutil.rmtree(include / "sql" / "extract")
    (include / "sql" / "extract" / "desk").mkdir(parents=True)
    for entity, select in SELECTS.items():
        (include / "sql" / "extract" / "desk" / f"{entity}.sql").write_text(select, encoding="utf-8")
    entry = ENTRY.format(connection=connection, dialect=dialect)
    (include / "policy" / "sources.yaml").write_text(entry, encoding="utf-8")
    shutil.rmtree(include / "expectations")
    (include / "expectations").mkdir()
    paths.SQL, paths.POLICY, paths.PROJECT = include / "sql", include / "policy", home
    paths.EXPECTATIONS = include / "expectations"


def fill(rows: int, customers: int = 10_000) -> None:
    """Make the source's tables."""
    with connections.connect("demo_crm", autocommit=True) as conn:
        conn.execute("drop schema if exists desk cascade")
        conn.execute(CASES.format(rows=rows, customers=customers))  # type: ignore[arg-type]
        conn.execute("vacuum analyze desk.ticket")
        conn.execute("vacuum analyze desk.client")


def edit() -> None:
    """Change 1 % of the cases at the source: 8 in a thousand are edited, one is new, one is gone."""
    with connections.connect("demo_crm", autocommit=True) as conn:
        conn.execute("update desk.ticket set title = 'x' || title where id % 125 = 0")
        conn.execute("delete from desk.ticket where id % 1000 = 1")
        conn.execute(
            "insert into desk.ticket select id + 100000000, client_id, opened_at, closed_at, category, severity, title "
            "from desk.ticket where id % 1000 = 2"
        )
        conn.execute("vacuum analyze desk.ticket")


def settle() -> None:
    """Do what autovacuum does within a minute or two of a load."""
    with connections.connect("postgres_admin", dbname="warehouse", autocommit=True) as admin:
        admin.execute("vacuum analyze")


def checkpoint() -> None:
    """Write out what is still to be written, so that nothing measured pays for what came before it.

    The log's files are free to be used again then, as they are on a server that has run for a day. A new server must
    make them first: to enter a million rows into the register took 3.5 s there, and 1.8 s in files that it had.
    """
    with connections.connect("postgres_admin", autocommit=True) as admin:
        admin.execute("checkpoint")


def forget() -> None:
    """Make the warehouse empty again."""
    with connections.connect("postgres_admin", autocommit=True) as server:
        server.execute("drop database warehouse with (force)")
        server.execute("create database warehouse")
    with connections.connect("postgres_admin", dbname="warehouse", autocommit=True) as admin:
        warehouse.prepare(admin)
    # The heads were of the evidence that went with it.
    (paths.home() / "audit" / "heads.jsonl").unlink(missing_ok=True)


def warm() -> None:
    """Import what the tasks import: Airflow forks them off a process that has."""
    import great_expectations  # noqa: F401

    floor()


def timed(step: Callable[[], object]) -> float:
    """Return the seconds that a step takes."""
    begun = time.perf_counter()
    step()
    return time.perf_counter() - begun


class Peak:
    """The most memory that this process held, in MB."""

    mb = 0.0


@contextmanager
def peak() -> Iterator[Peak]:
    """Measure the most memory that this process holds while the block runs (Linux: VmHWM of /proc/self/status)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    found = Peak()
    yield found
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found.mb = int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1000


def aside(step: Callable[[], float]) -> tuple[float, float]:
    """Have a step done by a process of its own; return its seconds and the most memory that held, in MB.

    What a peer holds stays with the process: what is measured after it would bear it, too.
    """
    with multiprocessing.get_context("fork").Pool(1) as processes:
        return processes.apply(_measured, (step,))


def _measured(step: Callable[[], float]) -> tuple[float, float]:
    with peak() as held:
        seconds = step()
    return seconds, held.mb


def night(run_id: str, full: bool = False) -> dict[str, float]:
    """Pull once; return the seconds of each step, as its task would take them."""
    pull_id = ""

    def begin() -> None:
        nonlocal pull_id
        pull_id = ingest.open_pull("desk", NIGHT, run_id, full)

    seconds = {"open_pull": timed(begin)}
    return seconds | {name: timed(lambda step=step: step(pull_id)) for name, step in STEPS.items()}


def extract(dialect: str = "postgresql", uri: str = "") -> float:
    """Extract everything into staging; return the seconds.

    Args:
        dialect: of the source.
        uri: where it is; the PostgreSQL source where it is left out.
    """
    home = paths.home()
    if uri:
        secrets.write(home, "connections.json", secrets.read(home, "connections.json") | {"desk": uri})
    declare(home, "desk" if uri else "demo_crm", dialect)
    pull_id = ingest.open_pull("desk", NIGHT, f"extract {dialect}", full=True)
    return timed(lambda: extraction.extract(pull_id))


def floor() -> float:
    """Return the seconds of COPY out into COPY in of the cases, into a logged table: the least that it takes."""
    with (
        connections.connect("demo_crm", autocommit=True) as origin,
        connections.connect("postgres_admin", dbname="warehouse", autocommit=True) as into,
    ):
        into.execute("drop table if exists public.floor")
        into.execute(
            "create table public.floor (id bigint, client_id bigint, opened_at timestamptz, closed_at timestamptz, "
            "category text, severity text, title text)"
        )
        checkpoint()
        seconds = timed(lambda: _pass_through(origin, into))
        into.execute("drop table public.floor")
    return seconds


def _pass_through(origin: psycopg.Connection[Any], into: psycopg.Connection[Any]) -> None:
    with (
        origin.cursor().copy("copy desk.ticket to stdout") as out,
        into.cursor().copy("copy public.floor from stdin") as arriving,
    ):
        for block in out:
            arriving.write(block)


def say(text: str) -> None:
    """Tell how far it got."""
    sys.stderr.write(f"  {text}\n")
