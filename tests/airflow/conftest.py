"""A whole night as a user runs it: three `rekisteri run` in a state folder of their own, with a mail sink.

Airflow stays up between the runs; what each run left is read at once, so that tests may look in any order.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg
import pytest
from aiosmtpd.controller import Controller

from rekisteri.embedded import life, place, secrets
from rekisteri.model import ENTITIES

CUSTOMERS = 120
MAIL_SECONDS = 120.0
COMMAND = Path(sys.executable).with_name("rekisteri")
DOWN = "crm"

# What a run leaves, by name: a statement on the warehouse, read by the superuser (row security does not bind it).
LEFT = {
    "quarantine": "select source, entity, source_key, rules from quarantine.row",
    "tombstones": "select source, entity, source_key from vault.row_tombstone where cause = 'erased'",
    "plans": 'select checksum, state, erase + "restrict" from register.erasure_plan',
    "invoices": "select source_key, customer_key, restricted_ground, restricted_until from register.invoice",
    "media": "select source, source_key, media from register.recording",
    "publications": "select table_name, version, night::text, rows from analytics.publication",
    "hetus": """select pull.source, arrival.entity, arrival.hetu_removed from staging.arrival
        inner join staging.pull using (pull_id) where arrival.hetu_removed > 0 and pull.pull_id in (
            select distinct on (source) pull_id from staging.pull order by source, started_at)""",
    "audit": "select kind::text, source::text, numbers from audit.entry order by seq",
}
REGISTER = """select '{0}', source, source_key, restricted_ground, restricted_until, changed_pull::text
    from register."{0}" order by source, source_key"""


@dataclass
class Run:
    """One `rekisteri run`: what it said and what it left."""

    status: int
    answer: dict[str, Any]
    said: str
    left: dict[str, list[tuple[Any, ...]]]
    published: dict[str, Counter[tuple[Any, ...]]]
    """Analyst table to its rows."""
    audit: dict[str, Any]
    """Answer of `rekisteri audit verify --json`."""
    mails: list[EmailMessage]

    @cached_property
    def records(self) -> dict[tuple[str, str, str], tuple[Any, Any]]:
        """The register: (entity, source, key) to the ground and end of its restriction."""
        return {tuple(row[:3]): tuple(row[3:5]) for row in self.left["register"]}

    @cached_property
    def erased(self) -> set[tuple[str, str, str]]:
        """Records with a tombstone of an erasure: (source, entity, key)."""
        return set(self.left["tombstones"])

    @property
    def quarantine(self) -> Counter[tuple[str, str, str, str]]:
        """Quarantined rows: (source, entity, key, rule) to copies."""
        return Counter((*row[:3], rule) for row in self.left["quarantine"] for rule in row[3])

    def total(self, number: str) -> int:
        """Return a number of the books, over all sources and entities."""
        return sum(book[number] for book in self.answer["books"])


@dataclass
class Sink:
    """A mail server that keeps what it gets."""

    mails: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep a mail; its envelope's addressees are what counts."""
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        mail["X-Envelope-To"] = ", ".join(envelope.rcpt_tos)
        self.mails.append(mail)
        return "250 kept"


@dataclass
class Night:
    """The state folder, and the ways into it."""

    home: Path
    environment: dict[str, str]
    sink: Sink

    def uri(self, database: str) -> str:
        """Return the superuser's URI to a database."""
        held = secrets.read(self.home, "connections.json")["postgres_admin"]
        return held.replace("/postgres?", f"/{database}?")

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the project's own command in this state folder."""
        # A file, not a pipe: the servers that a run leaves up would hold the pipe open.
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
            done = subprocess.run([COMMAND, *arguments], env=self.environment, stdout=out, stderr=errors, check=False)
            for file in (out, errors):
                file.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, out.read(), errors.read())

    def run(self, mails: int = 0) -> Run:
        """Run one night, and read what it left, when as many mails as are expected went out.

        The DAG processor sends the mail of a failed run, in its own time.
        """
        before = len(self.sink.mails)
        done = self.command("run", "--ui", "--customers", str(CUSTOMERS), "--json")
        try:
            answer = json.loads(done.stdout)
        except ValueError:
            pytest.fail(f"`rekisteri run` gave no JSON, status {done.returncode}: {done.stdout}\n{done.stderr}")
        if "message" in answer:
            pytest.fail(f"`rekisteri run` refused: {answer['message']}\n{done.stderr}")
        left, published = self.left(), self._published()
        verified = json.loads(self.command("audit", "verify", "--json").stdout)
        deadline = time.monotonic() + MAIL_SECONDS
        while len(self.sink.mails) - before < mails and time.monotonic() < deadline:
            time.sleep(0.5)
        return Run(done.returncode, answer, done.stderr, left, published, verified, self.sink.mails[before:])

    def left(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return what is left in the warehouse now."""
        with psycopg.connect(self.uri("warehouse"), autocommit=True) as conn:
            left = {name: conn.execute(statement).fetchall() for name, statement in LEFT.items()}
            return left | {"register": [row for e in ENTITIES for row in conn.execute(REGISTER.format(e))]}

    def _published(self) -> dict[str, Counter[tuple[Any, ...]]]:
        with psycopg.connect(self.uri("warehouse"), autocommit=True) as conn:
            names = [row[0] for row in conn.execute("select viewname from pg_views where schemaname = 'analytics'")]
            return {name: Counter(conn.execute(f"select * from analytics.{name}").fetchall()) for name in names}

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What the demo planted."""
        return dict(json.loads((self.home / "demo" / "manifest.json").read_text(encoding="utf-8")))

    @cached_property
    def planted(self) -> dict[str, list[str]]:
        """The demo's personal values, by kind."""
        return dict(json.loads((self.home / "demo" / "planted.json").read_text(encoding="utf-8")))

    @property
    def outside(self) -> list[Path]:
        """The folders that a process may write to without being told: its temporary one, and its user's home."""
        return [self.home.parent / name for name in ("temporary", "user")]

    @property
    def store(self) -> Path:
        """The Service Desk's object store."""
        return self.home / "demo" / "object_store"

    @property
    def binaries(self) -> Path:
        """The embedded server's binaries, as its own account may run them."""
        return place.locate(self.home).binaries


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def night() -> Iterator[Night]:
    """An empty state folder that any account can reach, and a mail server; all is stopped and removed at the end."""
    sink = Sink()
    mail_port = free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=mail_port)
    controller.start()
    own = {
        "REKISTERI_UI_PORT": str(free_port()),
        "REKISTERI_SMTP_PORT": str(mail_port),
        # A source that is down is asked four times: a second apart here, minutes apart at night.
        "REKISTERI_RETRY_SECONDS": "1",
    }
    with tempfile.TemporaryDirectory(prefix="rekisteri-night-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # below it the server's account must be able to pass
        home = Path(folder) / "state"
        own |= {"REKISTERI_HOME": str(home), "TMPDIR": f"{folder}/temporary", "HOME": f"{folder}/user"}
        for name in ("TMPDIR", "HOME"):
            Path(own[name]).mkdir(mode=0o700)
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "REKISTERI_"))}
        try:
            yield Night(home, inherited | own, sink)
        finally:
            life.clean(home)
            controller.stop()


@pytest.fixture(scope="session")
def first(night: Night) -> Run:
    """The first night: servers, warehouse and demo are made."""
    return night.run()


@pytest.fixture(scope="session")
def again(night: Night, first: Run) -> Run:
    """The second: nothing has changed at the sources."""
    return night.run()


@pytest.fixture(scope="session")
def down(night: Night, again: Run) -> Run:
    """The third: the CRM's database lets the pipeline's login in no more."""
    with psycopg.connect(night.uri("postgres"), autocommit=True) as conn:
        conn.execute(f"alter role {DOWN}_reader connection limit 0")
    return night.run(mails=1)
