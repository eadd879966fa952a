"""A state folder of its own for each test that starts servers; all is stopped and removed at the end."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rekisteri.embedded import life


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PG_PORT", "PG_USER", "UI_PORT", "SMTP_PORT", "WAIT_SECONDS", "HOME"):
        monkeypatch.delenv(f"REKISTERI_{name}", raising=False)


def _made() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="rekisteri-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # below it the server's account must be able to pass
        home = Path(folder) / "state"
        yield home
        if home.exists():
            life.clean(home)


@pytest.fixture
def home() -> Iterator[Path]:
    """A state folder that any account can reach."""
    yield from _made()


@pytest.fixture(scope="module")
def started() -> Iterator[tuple[Path, dict[str, str]]]:
    """A state folder with its server running, for tests that only look; and the connections."""
    for home in _made():
        yield home, life.start_database(home)
