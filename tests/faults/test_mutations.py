"""Rows with cells of any content: the gates never crash, the books balance, and what must not pass does not."""

import re
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from rekisteri import extracts, paths, sources
from rekisteri.model import ENTITIES, pulled_columns
from tests.mirror import Mirror, Row

SOURCE = "crm"
ROWS = 400
"""Mutated rows of each entity in one example."""
FEW = {
    "deadline": None,
    "derandomize": True,
    "database": None,
    "phases": (Phase.explicit, Phase.generate),
    "suppress_health_check": list(HealthCheck),
}
_MAKINGS = [
    "",
    " ",
    "NULL",
    "\\N",
    "2024-02-30",
    "0000-00-00",
    "9999-12-31",
    "infinity",
    "-infinity",
    "now",
    "epoch",
    "2024-03-01 10:00:00+99",
    "24:00",
    "NaN",
    "1e400",
    "-0",
    "9" * 30,
    "' or 1=1 --",
    "%s",
    "{x}",
    "\u202e\u0000"[:1],
    "x" * 300,
    "ä" * 300,
    "9999902-8",
    "sound",
    "FI",
    "true",
]


@st.composite
def changes(draw: st.DrawFn, entity: str) -> Row:
    """One to three cells of a row with something else in them."""
    names = [n for n in extracts.columns(SOURCE, entity) if n != "source_key"]
    cell = st.none() | st.sampled_from(_MAKINGS) | st.text(st.characters(codec="utf-8", exclude_characters="\0"))
    return draw(st.dictionaries(st.sampled_from(names), cell, min_size=1, max_size=3))


def _must_refuse(entity: str, row: Row) -> str | None:
    """Return a rule that surely refuses a row, told without the gate's own means."""
    said = pulled_columns(ENTITIES[entity])
    for name, value in row.items():
        if said[name].required and not value:
            return f"required:{name}"
        if said[name].longest_text and not said[name].references and value and len(value) > 250:
            return f"length:{name}" if said[name].longest_text <= 250 else None
        if said[name].format == "code" and value and value not in said[name].values:
            return f"format:{name}"
        if said[name].references and value and value != "sound":
            return f"reference:{name}"
    return None


@settings(max_examples=2, **FEW)
@given(data=st.data())
def test_mutated_rows_never_crash_a_gate_and_the_books_balance(mirror: Mirror, data: st.DataObject) -> None:
    # Most of these rows are wrong: what stops a pull for that is tested elsewhere.
    said = (paths.EXPECTATIONS / "crm.yaml").read_text(encoding="utf-8")
    said = re.sub("consequence: pull\n *fewest_rows: [0-9]+", "consequence: note", said)
    (paths.EXPECTATIONS / "crm.yaml").write_text(said, encoding="utf-8")
    # All is drawn before anything is planted: an example that is given up half-way leaves nothing behind.
    drawn = {e: data.draw(st.lists(changes(e), min_size=20, max_size=40)) for e in sources.entities(SOURCE)}
    wanted: dict[tuple[str, str], str | None] = {}
    for entity, few in drawn.items():
        made: list[tuple[str, Row]] = []
        # A few drawn changes, put together to many rows: drawing is what takes the time.
        for n in range(ROWS):
            row = few[n % len(few)] | few[(n * 7 + n // len(few)) % len(few)]
            made.append((f"{mirror.nights} {n}", row))
            wanted[entity, made[-1][0]] = _must_refuse(entity, row)
        mirror.add_many(SOURCE, entity, made)
    books: dict[str, Any] = mirror.night(SOURCE)
    refused = {(entity, str(key)): rules for (_, entity, key), rules in mirror.refused().items()}
    for entity, book in books.items():
        assert book["balanced"], entity
        assert book["read"] == sum(book[n] for n in ("merged", "unchanged", "quarantined", "suppressed")), entity
        here = {key for e, key in wanted if e == entity}
        assert len(here) == len(here & mirror.held(SOURCE, entity)) + len({k for k in here if (entity, k) in refused})
    for at, rule in wanted.items():
        assert rule is None or rule in refused.get(at, ()), (at, rule, refused.get(at))
