"""The model is the law: a column, or a row, that does not say what it must fails at import."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rekisteri.errors import ModelError
from rekisteri.model import ENTITIES, check_ends, pulled_columns, said_of
from rekisteri.model.datum import RETENTION_RULES, Datum

SOUND = {
    "category": "user.name",
    "groups": (1,),
    "purposes": ("relationship",),
    "basis": "6(1)(b)",
    "analysts": "drop",
    "retention": "relationship",
}
# What SQLAlchemy keeps of a refused class would stay in this process: the declarations are tried in one of their own.
TRY = """
import json, sys
from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column
from rekisteri.errors import ModelError
from rekisteri.model import Record, datum
said = []
for n, (column, retention) in enumerate(json.load(sys.stdin)):
    try:
        exec(f"class Pet{n}(Record):\\n    __tablename__ = 'pet{n}'\\n    {retention}\\n    {column}")
        said.append("")
    except ModelError as error:
        said.append(str(error))
print(json.dumps(said))
"""
FULL = "name: Mapped[str] = datum('user.name', groups=(1,), purposes=('offers',))"
DAY = "day: Mapped[str] = datum('user.name', groups=(1,), purposes=('offers',), format='date')"
KEPT = 'retention = "relationship"'
CASES = [
    (
        "name: Mapped[str] = mapped_column(Text)",
        "pet.name does not say what it holds; write name: Mapped[...] =",
    ),
    ("name: Mapped[str] = datum('', groups=(1,), purposes=('offers',))", "pet.name: category must be a Fideslang key"),
    ("name: Mapped[str] = datum('user.name', groups=(), purposes=('offers',))", "groups must name"),
    ("name: Mapped[str] = datum('user.name', groups=(13,), purposes=('offers',))", "not all within 1 to 12"),
    ("name: Mapped[str] = datum('user.name', groups=(1,), purposes=('fun',))", "purposes must be some of"),
    ("name: Mapped[str] = datum('user.name', groups=(1,), purposes=('offers',), basis='6(1)(z)')", "basis must be"),
    ("name: Mapped[str] = datum('user.name', groups=(1,), purposes=('offers',), analysts='show')", "analysts must be"),
    (
        "name: Mapped[str] = datum('user.name', groups=(1,), purposes=('offers',), retention='ages')",
        "retention must be",
    ),
    (
        "name: Mapped[str] = datum('user.name', groups=(1,), purposes=('offers',), format='runes')",
        "format 'runes' is unk",
    ),
    ("name: Mapped[str] = datum('user.name', groups=(1,), purposes=('offers',), format='code')", "needs its values"),
    (f"{FULL[:-1]}, happened=True)", "happened, not_before and ends_with are for formats"),
    (f"{FULL[:-1]}, longest=0)", "longest is a number of characters"),
    (f"{DAY[:-1]}, longest=9)", "longest is a number of characters"),
    (f"{DAY[:-1]}, not_before='birth')", "not_before must name a date or timestamp of the same row, not 'birth'"),
    (f"{DAY[:-1]}, not_before='source_key')", "not_before must name a date or timestamp"),
    (f"{DAY[:-1]}, ends_with=('source_key', 'ended_on'))", "ends_with must begin with a reference"),
    (f"{FULL[:-1]}, named_by='source_key')", "named_by must name a column of format 'name'"),
]


@pytest.fixture(scope="module")
def outcomes() -> list[str]:
    """What the model said to each case, then to a sound declaration, then to a row without retention rule."""
    asked = [(column, KEPT) for column, _ in CASES] + [(FULL, KEPT), (FULL, "pass")]
    done = subprocess.run(
        [sys.executable, "-c", TRY], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    found: list[str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(("case", "said"), enumerate(said for _, said in CASES))
def test_a_column_that_does_not_say_what_it_must_fails_at_import(outcomes: list[str], case: int, said: str) -> None:
    assert said.replace("pet.", f"pet{case}.") in outcomes[case]


def test_a_column_that_says_all_of_it_is_taken_and_a_row_without_retention_is_not(outcomes: list[str]) -> None:
    sound, kept_for_ever = outcomes[-2:]
    assert sound == ""
    assert "names no retention rule; write retention =" in kept_for_ever


def test_each_category_is_one_of_fideslang() -> None:
    known = (Path(__file__).parent / "fideslang_categories.txt").read_text(encoding="utf-8").splitlines()
    own = {"system.operations"}
    used = {said_of(column).category for table in ENTITIES.values() for column in table.columns}
    assert used - own - set(known) == set()


def test_all_twelve_groups_are_held_and_nothing_else() -> None:
    groups = {group for table in ENTITIES.values() for said in pulled_columns(table).values() for group in said.groups}
    assert groups == set(range(1, 13))
    names = {name for table in ENTITIES.values() for name in pulled_columns(table)}
    assert not names & {"hetu", "birth_date", "sex", "photo", "ip_address", "password_hash"}


def test_recordings_serve_verification_only() -> None:
    purposes = {p for name, said in pulled_columns(ENTITIES["recording"]).items() for p in said.purposes}
    assert purposes - {"relationship"} == {"verification"}
    treatments = {s.analysts for n, s in pulled_columns(ENTITIES["recording"]).items()}
    assert treatments == {"drop"}


def test_parents_come_before_children() -> None:
    order = list(ENTITIES)
    for entity, table in ENTITIES.items():
        for said in pulled_columns(table).values():
            if said.references:
                assert order.index(said.references) < order.index(entity)


@pytest.mark.parametrize("rule", sorted(RETENTION_RULES))
def test_a_sound_declaration_has_no_faults(rule: str) -> None:
    make: Callable[..., Datum] = Datum
    assert make(**(SOUND | {"retention": rule})).faults() == []


def test_what_ends_with_another_row_names_a_date_of_that() -> None:
    check_ends(ENTITIES)
    without_parent = {entity: table for entity, table in ENTITIES.items() if entity != "contract"}
    with pytest.raises(ModelError, match=r"service\.terminated_on: ends_with must end with a date of contract"):
        check_ends(without_parent)
