"""A thousand spoilt policy files: each is told as a policy's fault or decides as it is written; none lets more in."""

import csv
import io
import shutil
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from rekisteri import paths, policy_lines
from rekisteri.errors import PolicyError, ResidencyRefused
from rekisteri.residency import atlas, check_processor, holdings, resolve, sites
from rekisteri.residency.processors import register
from rekisteri.residency.whereabouts import whereabouts

ON = date(2026, 11, 1)
FILES = ("residency.yaml", "eu_eea.csv", "cloud_regions.csv", "processors.yaml", "places.yaml")
ORIGINAL = {name: (paths.POLICY / name).read_bytes() for name in FILES}
#: Outside on that day, whatever file is spoilt, unless the table itself comes to say otherwise.
DENIED = ("GB", "US", "CH", "IN", "GI", "SJ", "RU", "GL", "MC")
DENIED_REGIONS = (("aws", "eu-west-2", "GB"), ("azure", "switzerlandnorth", "CH"), ("gcp", "us-east4", "US"))
#: In no file, and made of what is.
UNLISTED = ("Narnia", "eu-narnia-1", "aws eu-north-1narnia", "narnia hel1", "db.narnia.amazonaws.com", "FIN LAND")
COMPOSE = policy_lines._compose
COMPOSED: dict[str, yaml.Node] = {}
VALUES = ("", "5", "-1", "null", "true", "[]", "{}", "[FI]", "{FI: FI}", "FI", "US", "allow", "deny", "2019-01-01",
          "2099-12-31", '"\\0"', "'", "&a", "*a",
          "!!python/name:os.system", "x" * 300, "(?i)x", "(?P<region>x)")  # fmt: skip


@st.composite
def _spoilt(draw: st.DrawFn, original: bytes) -> bytes:
    lines = original.decode().splitlines()
    for _ in range(draw(st.integers(1, 3))):
        n = draw(st.integers(0, len(lines) - 1)) if lines else 0
        other = draw(st.integers(0, len(lines) - 1)) if lines else 0
        way = draw(
            st.sampled_from(("delete", "double", "swap", "retype", "cells", "indent", "key", "noise", "truncate"))
        )
        if not lines:
            break
        if way == "delete":
            del lines[n]
        elif way == "double":
            lines.insert(other, lines[n])
        elif way == "swap":
            lines[n], lines[other] = lines[other], lines[n]
        elif way == "retype":
            lines[n] = lines[n].split(":")[0] + ": " + draw(st.sampled_from(VALUES))
        elif way == "cells":
            cells = lines[n].split(",")
            cells[draw(st.integers(0, len(cells) - 1))] = draw(st.sampled_from([*VALUES, *lines[other].split(",")]))
            lines[n] = ",".join(cells)
        elif way == "indent":
            lines[n] = draw(st.sampled_from(("  ", " ", "- ", "\t"))) + lines[n]
        elif way == "key":
            lines[n] = lines[n].replace(draw(st.sampled_from("abcdefgilnorstu")), draw(st.sampled_from("xyé ")), 1)
        elif way == "noise":
            lines[n] += draw(st.text(max_size=5))
        else:
            del lines[n:]
    whole = ("\n".join(lines) + "\n").encode("utf-8", "surrogatepass")
    if draw(st.integers(0, 9)) == 0:
        at = draw(st.integers(0, len(whole)))
        whole = whole[:at] + draw(st.binary(min_size=1, max_size=4)) + whole[at:]
    return whole


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The policy folder that is read: a copy, with what SELECTs deliver reckoned once."""
    copy = tmp_path_factory.mktemp("spoilt") / "policy"
    shutil.copytree(paths.POLICY, copy)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "POLICY", copy)
        for name in ("delivered", "published", "registered", "recorded"):
            patch.setattr(holdings, name, cache(getattr(holdings, name)))
        patch.setattr(policy_lines, "_compose", _composed_once)
        yield copy
    atlas._read.cache_clear()


def _composed_once(path: Path) -> yaml.Node:
    # Reading YAML is most of the time that a question takes; of the files that are whole it is always the same.
    text = policy_lines.text_of(path)
    if text.encode() not in ORIGINAL.values():
        return COMPOSE(path)
    return COMPOSED.setdefault(text, COMPOSED.get(text) or COMPOSE(path))


def _told(ask: object, *given: object, **named: object) -> bool:
    """Return whether a question is answered; a fault of the policy or a refusal is an answer too, and no."""
    try:
        found = ask(*given, **named)  # type: ignore[operator]
    except (PolicyError, ResidencyRefused):
        return False
    return bool(getattr(found, "inside", True))


def _allowed(table: bytes, iso2: str) -> bool:
    """Say by the csv module alone whether a table's text lets a country be inside."""
    rows = list(csv.reader(io.StringIO(table.decode("utf-8", "replace"))))
    ours = [row for row in rows if row and row[0] == iso2]
    return any("allow" in row or any("2026-11-01" <= cell <= "9999" for cell in row if len(cell) == 10) for row in ours)


@pytest.mark.parametrize("file", FILES)
@settings(
    max_examples=200,
    phases=[Phase.generate],  # a spoilt file is short enough to look at as it is
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_a_spoilt_policy_is_told_or_decides_as_written(folder: Path, file: str, data: st.DataObject) -> None:
    spoilt = data.draw(_spoilt(ORIGINAL[file]))
    (folder / file).write_bytes(spoilt)
    if file not in ("processors.yaml", "places.yaml"):
        atlas._read.cache_clear()  # two files within one tick of the clock may be of one size
    try:
        _probe({**ORIGINAL, file: spoilt})
    finally:
        (folder / file).write_bytes(ORIGINAL[file])


def _probe(texts: dict[str, bytes]) -> None:
    try:
        atlas.atlas()
    except PolicyError:
        # Nothing is inside then. Each question would read the files again: one of each kind is asked.
        assert not _told(resolve, "FI", on=ON)
        assert not _told(check_processor, "praecom", ON)
        assert not _told(sites.check, sites.warehouse(), ON)
        return
    table = texts["eu_eea.csv"]
    inside = {iso2 for iso2 in DENIED if _told(resolve, iso2, on=ON)}
    assert all(_allowed(table, iso2) for iso2 in inside), inside
    for text in UNLISTED:
        assert not _told(resolve, text, on=ON), text
    lines = "\n".join(text.decode("utf-8", "replace") for text in texts.values()).lower().splitlines()
    for provider, region, country in DENIED_REGIONS:
        if _told(resolve, region, provider=provider, on=ON):
            # Its country came in, or a line of its own says no longer that it is denied.
            assert country in inside or any(region in line and ",deny," not in line for line in lines), region
    try:
        keys = list(register().processors)
    except PolicyError:
        keys = []
    held = {key for key in keys if _told(check_processor, key, ON)}
    for make in (sites.warehouse, lambda: sites.destination("mails"), lambda: sites.object_store("service_desk")):
        try:
            place = make()
        except PolicyError:
            continue
        if place and _told(sites.check, place, ON):
            assert place.site
            assert place.site.processor in held
    _told(whereabouts, ON)


def test_what_is_looked_for_can_be_seen(folder: Path) -> None:
    """A table that allows a country lets it in: the law above is not true by itself."""
    written = ORIGINAL["eu_eea.csv"].replace(b"CH,", b"CH,EU,allow,2000-01-01,,,x\n#", 1)
    (folder / "eu_eea.csv").write_bytes(written.replace(b"\n#", b"\nXX", 1))
    atlas._read.cache_clear()
    try:
        assert _allowed(written, "CH")
        assert not _allowed(ORIGINAL["eu_eea.csv"], "CH")
        assert not _allowed(ORIGINAL["eu_eea.csv"], "GB")
        assert not _told(resolve, "CH", on=ON), "XX is no country: the file is refused"
        (folder / "eu_eea.csv").write_bytes(
            b"\n".join(line for line in written.splitlines() if not line.startswith(b"#")) + b"\n"
        )
        atlas._read.cache_clear()
        assert _told(resolve, "CH", on=ON)
    finally:
        (folder / "eu_eea.csv").write_bytes(ORIGINAL["eu_eea.csv"])
        atlas._read.cache_clear()
