"""A copy of the policy folder that a test may spoil, and what edits it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from rekisteri import paths

Edit = Callable[[str, str, str], None]


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The policy folder that is read: a copy."""
    folder = tmp_path / "policy"
    shutil.copytree(paths.POLICY, folder)
    monkeypatch.setattr(paths, "POLICY", folder)
    return folder


@pytest.fixture
def edit(policy: Path) -> Edit:
    """Replace a text that stands once in a policy file."""

    def change(file: str, old: str, new: str) -> None:
        text = (policy / file).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        (policy / file).write_text(text.replace(old, new), encoding="utf-8")

    return change
