"""Killed at any point and run again, a night ends as if nothing had happened (design rule 5)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rekisteri import connections
from rekisteri.demo.load import folder
from rekisteri.errors import WarehouseError
from tests.faults import nights, soak
from tests.faults.killing import Hold, amid_copy, amid_great_expectations, kept_head, killed, lock, writes


@pytest.fixture(scope="module")
def copies(template: str, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[nights.Copies]:
    """Copies of the state before each step, empty at first, on a fresh warehouse."""
    with connections.connect("postgres_admin", autocommit=True) as server:
        server.execute("drop database if exists warehouse with (force)")
        server.execute(f"create database warehouse template {template}")
    (home / "audit" / "heads.jsonl").unlink(missing_ok=True)
    made = nights.Copies(home, tmp_path_factory.mktemp("copies"))
    yield made
    # The sources were edited: whoever wants the demo next must load it anew.
    (folder() / "manifest.json").unlink()


@pytest.fixture(scope="module")
def measures() -> soak.Measures:
    """What each step of the undisturbed night takes."""
    return soak.Measures()


@pytest.fixture(scope="module")
def wanted(copies: nights.Copies, measures: soak.Measures) -> dict[str, Any]:
    """What the undisturbed night leaves."""
    return nights.undisturbed(copies, measures.of)


def _arrival(entity: str) -> Hold:
    return lock(
        f"select from staging.arrival where entity = '{entity}' and pull_id = (select pull_id from staging.pull "
        "where source = 'crm' and run_id = 'night') for update"
    )


AUDIT, STATE = writes("audit.entry"), writes("staging.pull")
POINTS: list[tuple[str, str, Hold]] = [
    ("open_pull", "before its first write", STATE),
    ("open_pull", "at the audit", AUDIT),
    ("extract", "at the source's first table", lock("lock table crm.parties", "crm")),
    ("extract", "amid a copy", amid_copy),
    ("extract", "at the last write", STATE),
    ("conform", "at the first entity", writes("staging.arrival")),
    ("conform", "at the last entity", _arrival("prospect")),
    ("conform", "at the last write", STATE),
    ("check_quality", "in Great Expectations", amid_great_expectations),
    ("check_quality", "at what is usual of the columns", writes("quarantine.column_night")),
    ("check_quality", "at what the rules for the pull found", writes("quarantine.gate_night")),
    (
        "check_quality",
        "with some entities judged",
        lock("lock table staging.crm__service__refused"),
    ),
    ("check_quality", "at the audit", AUDIT),
    ("check_quality", "at the last write", STATE),
    ("check_locations", "at the first verdict", AUDIT),
    ("check_locations", "at the last write", STATE),
    ("merge", "at the first entity", writes("register.customer")),
    ("merge", "at quarantine", writes("quarantine.row")),
    ("merge", "at what is usual of the columns", writes("quarantine.column_night")),
    ("merge", "at the last entity", writes("register.prospect")),
    ("merge", "at the audit, before the commit", AUDIT),
    ("merge", "after the commit", kept_head),
    ("link_subjects", "at the links", writes("register.subject_link")),
    ("link_subjects", "at the audit, before the commit", AUDIT),
    ("recount", "while it empties staging", lock("lock table staging.crm__prospect in access share mode")),
    ("recount", "at the audit, before the commit", AUDIT),
    ("expire", "at the audit, before the commit", AUDIT),
    ("plan", "at its items", writes("register.erasure_item")),
    ("plan", "after the commit", kept_head),
    ("erase", "at the first rows", writes("register.prospect")),
    ("erase", "with the media gone", writes("vault.row_tombstone")),
    ("erase", "at the audit, before the commit", AUDIT),
    ("erase", "after the commit", kept_head),
    ("verify", "at the audit, before the commit", AUDIT),
    ("verify", "after the commit", kept_head),
    ("give_pseudonyms", "at its write", writes("vault.pseudonym")),
    ("publish", "at its note", writes("analytics.publication")),
    ("publish", "at the audit, before the commit", AUDIT),
    ("publish", "after the commit", kept_head),
]


SEED, POINTS_DRAWN = 20261101, 3
INTERPRETER = "from tests.faults import nights; nights.do({!r})"
DONE_TWICE = {
    ("verify", "after the commit"): ("audit",),
    ("publish", "after the commit"): ("audit", "analytics.publication"),
}
"""What was done and is done again, truly: it was looked at twice, published twice; the evidence says so."""


@pytest.mark.parametrize(("step", "point", "hold"), POINTS, ids=[f"{s} {p}" for s, p, _ in POINTS])
def test_a_step_killed_and_run_again_ends_the_same(
    copies: nights.Copies, wanted: dict[str, Any], step: str, point: str, hold: Hold
) -> None:
    copies.restore(step)
    killed(lambda: nights.do(step), hold)
    nights.finish(step)
    found = nights.differences(nights.left(), wanted)
    for name in DONE_TWICE.get((step, point), ()):
        assert not found.pop(name)["missing"]
    assert found == {}


def test_the_undisturbed_night_has_something_of_everything(wanted: dict[str, Any]) -> None:
    """Else the comparison would show nothing."""
    for name in ("quarantine.row", "vault.row_tombstone", "vault.identifier_tombstone", "links", "analytics.contracts"):
        assert wanted[name], name
    assert wanted["audit broken"] == wanted["staging"] == []
    assert any("'left': " in book and "'left': 0" not in book for book in wanted["books"])
    assert any("'vanished': " in book and "'vanished': 0" not in book for book in wanted["books"])
    assert any("media_destroyed" in entry for entry in wanted["audit"])


def test_a_step_killed_at_random_and_run_again_ends_the_same(
    copies: nights.Copies, wanted: dict[str, Any], measures: soak.Measures
) -> None:
    """A handful of what `make soak` draws, always the same."""
    assert set(measures.statements) == set(nights.STEPS)
    points = measures.draw(SEED, POINTS_DRAWN)
    assert points == measures.draw(SEED, POINTS_DRAWN)
    for point in points:
        _, found = soak.disturb(copies, point, wanted)
        assert found == {}, point


def test_the_soak_kills_before_a_step_has_ended(
    copies: nights.Copies, wanted: dict[str, Any], measures: soak.Measures
) -> None:
    was_killed, found = soak.disturb(copies, soak.Point("merge", measures.statements["merge"] // 2, None), wanted)
    assert (was_killed, found) == (True, {})


def test_the_soak_tells_a_difference(copies: nights.Copies, wanted: dict[str, Any]) -> None:
    other = wanted | {"links": wanted["links"][1:]}
    _, found = soak.disturb(copies, soak.Point("publish", None, 0.0), other)
    assert list(found) == ["links"]


@pytest.mark.parametrize("step", ["merge", "erase"])
def test_an_interpreter_of_its_own_killed_before_the_commit(
    copies: nights.Copies, wanted: dict[str, Any], step: str
) -> None:
    copies.restore(step)
    killed(INTERPRETER.format(step), AUDIT)
    nights.finish(step)
    assert nights.differences(nights.left(), wanted) == {}


@pytest.mark.parametrize(
    "skipped", ["extract", "conform", "check_quality", "check_locations", "merge"], ids=lambda step: f"without {step}"
)
def test_a_step_marked_a_success_is_not_taken_for_done(
    copies: nights.Copies, wanted: dict[str, Any], skipped: str
) -> None:
    """Somebody marks a red task green in the UI: what comes after it must not go on as if it had been done."""
    copies.restore(skipped)
    before = nights.left(published=False)
    following = nights.STEPS[nights.STEPS.index(skipped) + 1]
    if following == "link_subjects":
        following = "recount"
    with pytest.raises(WarehouseError, match="the step before has not ended well"):
        nights.do(following)
    assert nights.differences(nights.left(published=False), before) == {}
