"""The heads of the evidence chain, kept outside the database: one JSON line each, appended and synced to disk.

The file is $REKISTERI_AUDIT_HEADS, by default audit/heads.jsonl in home(). In production let it lie where the
database's administrator cannot write.
"""

import fcntl
import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from rekisteri import paths
from rekisteri.errors import AuditBroken

LINE = 512  # bytes; a head's line is about 150


@dataclass(frozen=True)
class Head:
    """The chain's newest entry at one time: its number, its hash (32 bytes), when it was kept (ISO 8601, UTC)."""

    seq: int
    hash: bytes
    at: str


def path() -> Path:
    """Return where the heads are kept."""
    return Path(os.environ.get("REKISTERI_AUDIT_HEADS") or paths.home() / "audit" / "heads.jsonl")


def _parsed(line: bytes) -> Head | None:
    try:
        held = json.loads(line)
        head = Head(held["seq"], bytes.fromhex(held["hash"]), held["at"])
        datetime.fromisoformat(head.at)
    except (ValueError, TypeError, KeyError):
        return None
    return head if type(head.seq) is int and head.seq > 0 and len(head.hash) == 32 else None


def read() -> Generator[Head | str]:
    """Return the heads that are kept at the time of the call, oldest first; in place of an unreadable one, its finding.

    A last line without its end is left out: it is being written, or its writer was killed before it counted.
    """
    try:
        size = path().stat().st_size
    except FileNotFoundError:
        size = 0
    return _lines(size)


def _lines(size: int) -> Generator[Head | str]:
    if not size:
        return
    with path().open("rb") as file:
        number = 0
        while file.tell() < size and (line := file.readline(LINE)):
            if not line.endswith(b"\n") and len(line) < LINE:
                return
            number += 1
            yield _parsed(line) or f"line {number} of {path()} is not a head (changed heads)"


class OpenHeads:
    """The heads' file while this process alone may append to it."""

    def __init__(self, file: BinaryIO) -> None:
        """Take the locked file, opened to read and append."""
        self._file = file

    def newest(self) -> Head | None:
        """Return the newest head, None if there is none; mend a last line that a killed process left half written.

        Raises:
            AuditBroken: the last line is not a head.
        """
        size = self._file.seek(0, os.SEEK_END)
        start = self._file.seek(max(0, size - LINE))
        tail = self._file.read()
        whole = tail.rfind(b"\n") + 1
        if whole < len(tail):
            # Never synced as a whole, so nobody was told that it was kept.
            os.ftruncate(self._file.fileno(), start + whole)
        if not whole:
            return None
        head = _parsed(tail[:whole].splitlines()[-1])
        if head is None:
            raise AuditBroken(
                f"the last line of {path()} is not a head; no head was kept. Restore the file from its copy"
            )
        return head

    def append(self, seq: int, digest: bytes) -> None:
        """Append a head and return only when it is on the disk."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        line = json.dumps({"seq": seq, "hash": digest.hex(), "at": at}, separators=(",", ":"))
        self._file.write(line.encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())


@contextmanager
def opened() -> Generator[OpenHeads]:
    """Open the heads' file for one process at a time, making it and its folder where they are missing.

    Raises:
        AuditBroken: it cannot be opened or written.
    """
    at = path()
    try:
        at.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(at, "a+b", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            _sync_folder(at.parent)
            yield OpenHeads(file)
    except OSError as error:
        raise AuditBroken(
            f"the head of the evidence chain cannot be kept in {at} ({error.strerror}); make the file "
            "writable for this login and the disk not full, or point $REKISTERI_AUDIT_HEADS elsewhere"
        ) from None


def _sync_folder(folder: Path) -> None:
    # A new file is safe from a power cut only when its folder's entry is, too.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
