"""The embedded PostgreSQL 18: made, started, mended and stopped with the wheel's own binaries."""

import os
import shlex
import shutil
import socket
import time
from collections.abc import Iterator

import psutil  # type: ignore[import-untyped]

from rekisteri.embedded.place import Place, hand_over
from rekisteri.errors import SetupError

FREE_BYTES_NEEDED = 500_000_000
PATIENCE = 20.0  # seconds in which the remains of a killed server must be gone

# A code-point locale from the server itself: the same order on every machine, no operating system locale needed.
INITDB = (
    "--auth-local=scram-sha-256",
    "--auth-host=scram-sha-256",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--encoding=UTF8",
    "--username=postgres",
)

# Durable (fsync and synchronous_commit stay on); generous with WAL, since the night writes in bursts.
SETTINGS = {
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    # What a night reads lies in the page cache: processes that read ahead would take the cores of those that reckon.
    "io_method": "sync",
    "max_connections": "120",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    # The text, detail and statement of an error can hold a person's values: the log gets none of them. ("log" keeps
    # the server's own messages and what is fatal, and leaves errors to the client that made them.)
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "password_encryption": "scram-sha-256",
    "unix_socket_permissions": "0700",
}


def port_is_free(port: int) -> bool:
    """Tell whether a port of 127.0.0.1 can be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def answers(place: Place) -> bool:
    """Tell whether the server accepts connections on its socket."""
    return place.run(place.binaries / "pg_isready", "-q", "-h", place.socket, "-p", str(place.port)).returncode == 0


def _create(place: Place, superuser_password: str) -> None:
    # Made aside and renamed when complete: a data folder that is there is whole.
    unfinished, pwfile = place.folder / "data.new", place.folder / "password.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    pwfile.unlink(missing_ok=True)
    pwfile.touch(mode=0o600)
    try:
        pwfile.write_text(superuser_password, encoding="utf-8")
        hand_over(pwfile, place.account)
        made = place.run(place.binaries / "initdb", "-D", unfinished, f"--pwfile={pwfile}", *INITDB)
    finally:
        pwfile.unlink(missing_ok=True)
    if made.returncode:
        reason = (made.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise SetupError(f"initdb could not make {place.data}: {reason}")
    unfinished.rename(place.data)


def _holders(place: Place) -> Iterator[int]:
    # A postmaster and its backends keep the data folder as their working folder.
    for process in psutil.process_iter():
        try:
            ours = process.name() == "postgres" and process.cwd() == str(place.data)
            if ours and process.status() != psutil.STATUS_ZOMBIE:
                yield process.pid
        except (psutil.Error, OSError):
            continue


def _options(place: Place) -> str:
    own = SETTINGS | {
        # The one that hands out the work takes part in it; one more than there are cores, and they wait for each other.
        "max_parallel_workers_per_gather": str(min((os.cpu_count() or 1) - 1, 4)),
        "port": str(place.port),
        "listen_addresses": "127.0.0.1" if place.listens else "",
        "unix_socket_directories": str(place.socket),
    }
    return " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in own.items())


def _as_configured(place: Place) -> bool:
    # Lines 4 to 6 of the pid file: port, socket folder, first address listened on.
    try:
        lines = (place.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    return lines[3:6] == [str(place.port), str(place.socket), "127.0.0.1" if place.listens else ""]


def _start(place: Place) -> None:
    deadline = time.monotonic() + PATIENCE
    control = (place.binaries / "pg_ctl", "-D", place.data, "-l", place.log, "-w", "-t", "60", "-o", _options(place))
    while place.run(*control, "start").returncode or not answers(place):
        if time.monotonic() > deadline:
            last = (place.log.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["(empty)"])[-1]
            raise SetupError(f"PostgreSQL does not start; its log {place.log} ends with: {last}")
        # After a kill the pid file may name a number that some other process has by now: the server would refuse
        # for ever. It is removed only when nothing works in the data folder any more.
        if not any(_holders(place)):
            (place.data / "postmaster.pid").unlink(missing_ok=True)
        time.sleep(0.3)


def ensure_running(place: Place, superuser_password: str) -> bool:
    """Make the server if there is none, start it if it does not run; return whether it was started now.

    Args:
        place: from :func:`rekisteri.embedded.place.locate`.
        superuser_password: of the role ``postgres``; used when the server is made.

    Raises:
        SetupError: too little disk, a taken port, or a server that does not start.
    """
    if answers(place) and _as_configured(place):
        return False
    if any(_holders(place)):  # it runs with other settings, or is on its way up or down
        stop(place)
    free = shutil.disk_usage(place.folder).free
    if free < FREE_BYTES_NEEDED:
        raise SetupError(
            f"{place.folder} has {free // 1_000_000} MB of disk left and needs {FREE_BYTES_NEEDED // 1_000_000}; "
            "make room, or set REKISTERI_HOME to a larger disk"
        )
    if place.listens and not port_is_free(place.port):
        raise SetupError(
            f"port {place.port} of 127.0.0.1 is taken; set REKISTERI_PG_PORT to a free port, or to 0 for none"
        )
    if not (place.data / "PG_VERSION").exists():
        _create(place, superuser_password)
    _start(place)
    return True


def stop(place: Place) -> bool:
    """Stop the server; return whether one was running.

    Raises:
        SetupError: it runs on in spite of being told twice.
    """
    if not (place.data / "postmaster.pid").exists():
        return False
    for mode in ("fast", "immediate"):
        place.run(place.binaries / "pg_ctl", "-D", place.data, "-w", "-t", "30", "-m", mode, "stop")
        deadline = time.monotonic() + 5
        while any(_holders(place)) and time.monotonic() < deadline:
            time.sleep(0.1)
        if not any(_holders(place)):
            return True
    raise SetupError(f"PostgreSQL in {place.data} does not stop; end its processes by hand")
