"""Where things are: the project's files and the folder that holds its state."""

import os
from pathlib import Path

PROJECT = Path(os.environ.get("REKISTERI_PROJECT", Path(__file__).resolve().parents[2]))
PACKAGE = Path(__file__).resolve().parent
INCLUDE = PROJECT / "include"
SQL = INCLUDE / "sql"
EXPECTATIONS = INCLUDE / "expectations"
POLICY = Path(os.environ.get("REKISTERI_POLICY", INCLUDE / "policy"))


def home() -> Path:
    """Return the folder that holds keys, the embedded server and outside copies ($REKISTERI_HOME)."""
    return Path(os.environ.get("REKISTERI_HOME", PROJECT / ".rekisteri"))
