"""Files that hold secrets: written whole or not at all, readable by nobody they are not meant for."""

import os
from pathlib import Path


def write(path: Path, text: str, mode: int = 0o600, group: int = -1) -> None:
    """Write a file so that no reader ever sees half of it, nor anyone else any of it; it is on the disk on return.

    Args:
        path: the file; its folder must exist.
        text: what it shall hold.
        mode: its permissions.
        group: id of the group that owns it; this process's own where it is -1.
    """
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        os.fchown(file.fileno(), -1, group)
        os.fchmod(file.fileno(), mode)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
