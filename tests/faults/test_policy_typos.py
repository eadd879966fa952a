"""Every key of every policy file, mistyped, dropped, of a wrong type, given twice: told with file and line."""

import json
import re
import shutil
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from typer.testing import CliRunner

from rekisteri import extracts, paths, policy_lines, publication_policy, statements
from rekisteri.cli import app, checks

DAY = date(2026, 11, 1)
NAMES_OF_THEIR_OWN = {
    "residency.yaml": ("territories", "aliases", "too_vague", "multi_regions", "multi_regions.*", "providers",
                       "providers.*.regions"),
    "processors.yaml": ("processors",),
    "places.yaml": ("object_stores", "destinations"),
    "sources.yaml": ("sources",),
    "personal_names.yaml": ("kinds",),
    "retention.yaml": (),
    "publication.yaml": ("tables", "tables.*.columns"),
}  # fmt: skip
"""Places whose keys the DPO chooses; elsewhere the model knows every key."""
MAY_BE_LEFT_OUT = re.compile(
    r"sources\.\*\.(provider|timezone|date|decimal|phone_country|timeout|object_store|after)|"
    r"processors\.\*(\.sub_processors)?|"
    r"phone\.accept_unassigned|providers\.\*(\.(names|zone_suffix|spaced|hosts|regions(\.\*)?))?|"
    r"(territories|aliases|too_vague|multi_regions|multi_regions\.\*|tables|kinds)\.\*|object_stores\.\*|"
    r"(warehouse|machine|object_stores\.\*|destinations\.\*)\.provider|tables\.\*\.coarsen|kinds\.\*\.alone"
)


ORIGINS = cache(publication_policy.origins)
"""Following the analyst tables' SELECTs takes a second each time, and no test here changes one."""
COMPOSE = policy_lines._compose
COMPOSED: dict[str, yaml.Node] = {}


def _compose_once(path: Path) -> yaml.Node:
    # A check reads each file several times, and most of its time goes there.
    text = policy_lines.text_of(path)
    if text not in COMPOSED:
        COMPOSED[text] = COMPOSE(path)
    return COMPOSED[text]


class Key(NamedTuple):
    """A key of a policy file: its place with ``*`` for a name of its own, and its lines, from 0, to before ``end``."""

    file: str
    place: str
    line: int
    end: int
    indent: int
    above: int


def _keys(file: str) -> Iterator[Key]:
    lines = (paths.POLICY / file).read_text(encoding="utf-8").splitlines()
    root = yaml.compose("\n".join(lines))
    seen: set[str] = set()

    def walk(node: yaml.Node, place: str, above: int, end: int) -> Iterator[Key]:
        # What is written in one line, as {a: b}, is left alone: its keys have no lines of their own.
        if not isinstance(node, yaml.MappingNode) or node.flow_style:
            return
        free = place in NAMES_OF_THEIR_OWN.get(file, ())
        starts = [key.start_mark.line for key, _ in node.value]
        for n, (key, value) in enumerate(node.value):
            name = "*" if free else key.value
            inner = f"{place}.{name}".lstrip(".")
            until = starts[n + 1] if n + 1 < len(starts) else end
            if inner not in seen:
                seen.add(inner)
                yield Key(file, inner, starts[n], until, key.start_mark.column, above)
            yield from walk(value, inner, starts[n], until)

    yield from walk(root, "", 0, len(lines))


KEYS = [key for path in sorted(paths.POLICY.glob("*.yaml")) for key in _keys(path.name)]


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the policy folder, which is the one that is read."""
    include = tmp_path / "include"
    shutil.copytree(paths.INCLUDE, include)
    monkeypatch.setattr(paths, "SQL", include / "sql")
    monkeypatch.setattr(paths, "POLICY", include / "policy")
    monkeypatch.setattr(paths, "PROJECT", tmp_path)
    monkeypatch.setattr(publication_policy, "origins", ORIGINS)
    monkeypatch.setattr(policy_lines, "_compose", _compose_once)
    monkeypatch.setattr(extracts, "_parse", cache(extracts._parse))
    statements.text.cache_clear()
    yield include / "policy"
    statements.text.cache_clear()


def _mistyped(key: Key, lines: list[str]) -> list[str]:
    line = lines[key.line]
    name = line[key.indent :].split(":")[0]
    return [*lines[: key.line], line[: key.indent] + name[:-1] + "q" + name[-1:] + line[key.indent + len(name) :],
            *lines[key.line + 1 :]]  # fmt: skip


def _dropped(key: Key, lines: list[str]) -> list[str]:
    return lines[: key.line] + lines[key.end :]


def _of_a_wrong_type(key: Key, lines: list[str]) -> list[str]:
    name = lines[key.line].split(":")[0]
    return [*lines[: key.line], f"{name}: [{{wrong: [true]}}]", *lines[key.end :]]


def _doubled(key: Key, lines: list[str]) -> list[str]:
    return lines[: key.end] + lines[key.line :]


WAYS = {"mistyped": _mistyped, "dropped": _dropped, "of a wrong type": _of_a_wrong_type, "given twice": _doubled}


def test_nothing_is_wrong_as_it_is(policy: Path) -> None:
    assert checks.findings(DAY) == []
    assert len(KEYS) > 60


@pytest.mark.parametrize("key", KEYS, ids=[f"{k.file} {k.place}" for k in KEYS])
def test_a_mistake_is_told_with_file_and_line(policy: Path, key: Key) -> None:
    file = policy / key.file
    lines = file.read_text(encoding="utf-8").splitlines()
    wrong = []
    for way, change in WAYS.items():
        may_be_sound = (way == "mistyped" and key.place.endswith("*")) or (
            way == "dropped" and MAY_BE_LEFT_OUT.fullmatch(key.place)
        )
        file.write_text("\n".join(change(key, lines)) + "\n", encoding="utf-8")
        found = checks.findings(DAY)
        wanted = rf"include/policy/{re.escape(key.file)}:(\d+): \S.*\S"
        told = [int(m.group(1)) for one in found if (m := re.fullmatch(wanted, one))]
        near = [n for n in told if key.above + 1 <= n <= key.end + (key.end - key.line) + 1]
        if way == "dropped":
            # What is not there has no line: whoever misses it names it and the file.
            name = lines[key.line].split(":")[0].strip()
            near += [0 for one in found if name in one and key.file in one]
        if not near and not (may_be_sound and (not found or way == "mistyped")):
            wrong.append((way, found))
    assert wrong == []


@pytest.mark.parametrize("file", sorted({key.file for key in KEYS}))
def test_the_command_ends_with_status_1_and_no_traceback(policy: Path, file: str) -> None:
    path = policy / file
    key = next(k for k in KEYS if k.file == file)
    for change in WAYS.values():
        whole = path.read_text(encoding="utf-8")
        path.write_text("\n".join(change(key, whole.splitlines())) + "\n", encoding="utf-8")
        done = CliRunner().invoke(app, ["check", "--json"])
        path.write_text(whole, encoding="utf-8")
        assert done.exit_code == 1
        assert isinstance(done.exception, SystemExit)
        found = json.loads(done.output)
        assert not found["sound"]
        assert any(f"include/policy/{file}:" in one for one in found["findings"])


@pytest.mark.parametrize("text", ["", "- a", "{", "a: &b c", "x: !!python/name:os.system y"])
@pytest.mark.parametrize("file", sorted({key.file for key in KEYS}))
def test_what_is_no_policy_at_all_is_told(policy: Path, file: str, text: str) -> None:
    (policy / file).write_text(text, encoding="utf-8")
    assert any(f"include/policy/{file}:" in one for one in checks.findings(DAY))


def test_a_missing_or_unreadable_file_is_told(policy: Path) -> None:
    for file in {key.file for key in KEYS}:
        whole = (policy / file).read_bytes()
        (policy / file).unlink()
        assert any(f"include/policy/{file} is missing; restore it" in one for one in checks.findings(DAY)), file
        (policy / file).write_bytes(b"\xff\xfe" + whole)
        assert any(f"include/policy/{file}: cannot be read" in one for one in checks.findings(DAY)), file
        (policy / file).write_bytes(whole)
    assert checks.findings(DAY) == []
