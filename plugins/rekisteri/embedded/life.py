"""The embedded default as a whole: start it, stop it, remove all that it made; one command at a time."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from rekisteri.embedded import airflow, place, postgres, secrets, services, setup
from rekisteri.errors import SetupError

# What this package makes in a state folder that was somebody's before it was ours.
OWN = ("airflow", "log", "run", "secrets", "lock")


FREE_MB = 1024
"""Space wanted before anything starts: a night of 2,000 customers leaves about 600 MB."""


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the state folder for one command; the lock ends with the process, however it ends.

    Raises:
        SetupError: another command holds it.
    """
    place.make_home(home)
    with (home / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SetupError(
                f"another `rekisteri` command works in {home}; wait for it, or set REKISTERI_HOME"
            ) from None
        yield


def _require_space(*folders: Path) -> None:
    wanted = int(os.environ.get("REKISTERI_FREE_MB") or FREE_MB)
    for folder in folders:
        free = shutil.disk_usage(folder).free // 2**20
        if free < wanted:
            raise SetupError(
                f"{folder} has {free} MB free, and {wanted} MB are wanted for the servers, their logs and the "
                "demonstration; free some, or set REKISTERI_HOME to a folder on another disk"
            )


def start_database(home: Path) -> dict[str, str]:
    """Have the server running, with its logins and databases; return the connections, id -> URI.

    Raises:
        SetupError: the machine or an earlier set-up is not as needed.
    """
    where = place.locate(home)
    _require_space(home, where.folder)
    connections = secrets.ensure(home, where)
    postgres.ensure_running(where, urlsplit(connections["postgres_admin"]).password or "")
    setup.prepare(connections)
    return connections


def start(home: Path, progress: Callable[[str], None] = lambda _: None) -> airflow.Airflow:
    """Have PostgreSQL and Airflow running and well.

    Args:
        home: the state folder.
        progress: told in a few words what is being done.

    Raises:
        SetupError: the machine or an earlier set-up is not as needed.
    """
    return airflow.start(home, start_database(home), progress)


@contextmanager
def stopped_on_failure(home: Path) -> Iterator[None]:
    """Stop, where the body fails, the servers that it started; those that ran before it stay."""
    ran = services.leaders(home, list(airflow.SERVICES))
    database = (home / place.RECORD).exists() and postgres.answers(place.locate(home))
    try:
        yield
    except BaseException:
        if not database:
            stop(home)
        elif services.leaders(home, list(airflow.SERVICES)) != ran:
            airflow.stop(home)
        raise


def stop(home: Path) -> None:
    """Stop Airflow and PostgreSQL, as far as they run."""
    airflow.stop(home)
    if (home / place.RECORD).exists():
        postgres.stop(place.locate(home))


def clean(home: Path) -> None:
    """Stop everything and remove all that was made, also outside ``home``.

    A state folder that held something before the first start loses only what this package put there.
    """
    stop(home)
    place.remove(home)
    if (home / place.MARK).exists():
        shutil.rmtree(home)
        return
    for name in OWN:
        path = home / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
