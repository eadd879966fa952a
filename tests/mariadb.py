"""A real MariaDB of the tests' own: a server in a temporary folder, on a Unix socket, with passwords."""

import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pymysql
import pytest

from rekisteri.embedded.place import hand_over, run_as, server_account

PATIENCE = 60.0  # seconds in which the server must answer
SETTINGS = (
    "--skip-networking",
    "--character-set-server=utf8mb4",
    "--innodb-flush-log-at-trx-commit=2",
    "--innodb-buffer-pool-size=128M",
    "--performance-schema=OFF",
)


def missing() -> str | None:
    """Return why there can be no server here; None where there can."""
    lacking = [name for name in ("mariadbd", "mariadb-install-db") if not shutil.which(name, path=_path())]
    return f"no {' and no '.join(lacking)}: install Debian's mariadb-server, or its like" if lacking else None


def _path() -> str:
    return f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin"


@dataclass
class Server:
    """A MariaDB that may be stopped, killed and started again; its data stays."""

    folder: Path
    account: str | None
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12), repr=False)
    process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        """The Unix socket."""
        return self.folder / "s.sock"

    def uri(self, database: str, login: str = "root", password: str | None = None) -> str:
        """Return a connection URI as connections.json holds it."""
        return f"mysql://{login}:{quote(password or self.password)}@localhost/{database}?unix_socket={self.socket}"

    def connect(self, database: str | None = None, **settings: Any) -> "pymysql.Connection[Any]":
        """Open the superuser's connection."""
        own: dict[str, Any] = {"charset": "utf8mb4", "autocommit": True, "local_infile": True}
        return pymysql.connect(
            unix_socket=str(self.socket), user="root", password=self.password, database=database, **own | settings
        )

    def database(self, name: str) -> str:
        """Make a database anew, with a login that may only read it; return that login's URI."""
        with self.connect() as conn, conn.cursor() as cursor:
            cursor.execute(f"drop database if exists `{name}`")
            cursor.execute(f"create database `{name}` character set utf8mb4")
            cursor.execute(f"create or replace user `{name}_reader`@localhost identified by %s", (self.password,))
            cursor.execute(f"grant select, show view on `{name}`.* to `{name}_reader`@localhost")
        return self.uri(name, f"{name}_reader")

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options: dict[str, Any] = {}
        if self.account:
            options = {"user": self.account, "group": Path(self.folder).stat().st_gid, "extra_groups": []}
        binary = str(shutil.which("mariadbd", path=_path()))
        data, log = self.folder / "data", self.folder / "server.log"
        with log.open("ab") as told:
            self.process = subprocess.Popen(
                [binary, "--no-defaults", f"--datadir={data}", f"--socket={self.socket}",
                 f"--pid-file={data}/pid", f"--init-file={self.folder}/password.sql", *SETTINGS],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=told, stderr=told, **options,
            )  # fmt: skip
        deadline = time.monotonic() + PATIENCE
        while True:
            with suppress(pymysql.err.OperationalError):
                self.connect().close()
                return
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"MariaDB does not start: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop the server in good order."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)

    def kill(self) -> None:
        """End the server as a crash would."""
        if self.process:
            self.process.kill()
            self.process.wait(30)


@contextmanager
def server() -> Iterator[Server]:
    """Run a MariaDB for as long as the block lasts; nothing of it stays."""
    folder = Path(tempfile.mkdtemp(prefix="rk-mdb-", dir="/tmp"))  # a socket's path must be short
    made = Server(folder, server_account())
    try:
        _create(made)
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _create(made: Server) -> None:
    password = made.folder / "password.sql"
    password.touch(mode=0o600)
    password.write_text(f"alter user root@localhost identified by '{made.password}';\n", encoding="utf-8")
    for path in (made.folder, password):
        hand_over(path, made.account)
    done = run_as(
        made.account,
        [str(shutil.which("mariadb-install-db", path=_path())), "--no-defaults", f"--datadir={made.folder}/data",
         "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"],
        cwd=made.folder,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"mariadb-install-db: {(done.stderr or done.stdout)[-2000:]}")


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Server]:
    """The suite's MariaDB; a test that asks for it is skipped where none is installed."""
    if reason := missing():
        pytest.skip(reason)
    with server() as running:
        yield running
