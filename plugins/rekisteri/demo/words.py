"""The demo's data files: parts of names, places, texts and fault templates, read once."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from rekisteri import paths
from rekisteri.errors import SetupError

FOLDER = paths.INCLUDE / "demo"


@cache
def words(name: str) -> dict[str, Any]:
    """Return the content of include/demo/<name>.yaml.

    Raises:
        SetupError: the file is missing or is not readable YAML.
    """
    try:
        return dict(yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, yaml.YAMLError):
        raise SetupError(
            f"include/demo/{name}.yaml is missing or unreadable; restore it from version control"
        ) from None


@cache
def version() -> str:
    """Return a hash of the demo's data, statements and code: another version is loaded anew."""
    files: list[Path] = []
    for folder, pattern in (
        (FOLDER, "**/*.yaml"),
        (paths.SQL / "demo", "**/*.sql"),
        (Path(__file__).parent, "*.py"),
    ):
        files += sorted(folder.glob(pattern))
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()
