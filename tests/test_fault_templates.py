"""Fault templates, ours or a stranger's: each is refused for its own reason, and no sound row is refused."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.mirror import SOURCES, Mirror

Fault = tuple[str, str, str, str]


@pytest.fixture
def templates(pytestconfig: pytest.Config) -> list[dict[str, Any]]:
    """The templates of the folder that --fault-templates names."""
    folder: Path = pytestconfig.getoption("--fault-templates")
    found = [one for file in sorted(folder.glob("*.yaml")) for one in yaml.safe_load(file.read_text("utf-8"))]
    assert found, f"no templates in {folder}"
    return found


def test_every_template_is_refused_for_its_own_reason(mirror: Mirror, templates: list[dict[str, Any]]) -> None:
    planted: set[Fault] = set()
    for n, one in enumerate(templates):
        source, entity, key = one["source"], one["entity"], str(one["change"].get("source_key", f"fault {n}"))
        for other, other_key, change in one.get("beside", []):
            mirror.add(source, other, other_key, change)
        for change in [one["change"], *([one["second"]] if "second" in one else [])]:
            mirror.add(source, entity, key, change)
        planted.add((source, entity, key, one["rule"]))
    for source in SOURCES:
        assert all(book["balanced"] for book in mirror.night(source).values())
    found = {(s, e, str(k), rule) for (s, e, k), rules in mirror.refused().items() for rule in rules}
    right = planted & found
    print(f"\n{len(planted)} faults: precision {len(right) / len(found)}, recall {len(right) / len(planted)}")
    assert (sorted(found - planted), sorted(planted - found)) == ([], [])
