"""The embedded default as a whole."""

from pathlib import Path

import pytest

from rekisteri.embedded import life
from rekisteri.errors import SetupError


def test_a_full_disk_is_told_before_anything_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REKISTERI_FREE_MB", str(2**40))
    home = tmp_path / "home"
    try:
        with pytest.raises(SetupError, match=r"MB free, and \d+ MB are wanted"):
            life.start_database(home)
        assert not (home / "secrets").exists()
    finally:
        life.clean(home)
