"""The object store of the demo's recordings: small media files below home()/demo/object_store."""

import shutil
import struct
from pathlib import Path

from rekisteri import paths
from rekisteri.demo.rows import Rows, columns


def folder() -> Path:
    """Return the object store's folder."""
    return paths.home() / "demo" / "object_store"


def _wav(number: int) -> bytes:
    """Return a quarter of a second of 8 kHz, 8-bit sound, another one for each number."""
    sound = bytes((128 + (n * (number % 7 + 1)) % 40) for n in range(200)) * 10
    form = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", 36 + len(sound), b"WAVE", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8)
    return form + struct.pack("<4sI", b"data", len(sound)) + sound


def _mp4(number: int) -> bytes:
    """Return the head of a video file and some bytes, others for each number."""
    return struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"isom", 512, b"isom", b"mp42") + number.to_bytes(8, "big") * 20


def write(desk: Rows) -> int:
    """Write the media file of every recording, in place of all that were there; return how many."""
    shutil.rmtree(folder(), ignore_errors=True)
    bucket, file = (columns("service_desk", "recordings").index(c) for c in ("bucket", "object_key"))
    wanted = sorted({(row[bucket], row[file]) for row in desk.tables["recordings"] if row[file]})
    for number, (inside, name) in enumerate(wanted):
        path = folder() / inside / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_wav(number) if name.endswith(".wav") else _mp4(number))
    folder().mkdir(parents=True, exist_ok=True)
    folder().chmod(0o700)
    return len(wanted)
