"""staging.remove_hetu against python-stdnum: what is a personal identity code goes, and nothing else does."""

import calendar
import re
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from stdnum.fi import hetu

MARK = "[hetu removed]"
CHECK = "0123456789ABCDEFHJKLMNPRSTUVWXY"
SIGNS = {18: "+", 19: "-YXWVU", 20: "ABCDEF"}
SPACES = ["", "", " ", "\t", "\u00a0", "\u202f"]
DASHES = ["-", "\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2015", "\u2212"]
ALIKE = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
Connection = psycopg.Connection[Any]


def removed(conn: Connection, text: str) -> str:
    row = conn.execute("select staging.remove_hetu(%s)", (text,)).fetchone()
    assert row is not None
    return str(row[0])


@st.composite
def codes(draw: st.DrawFn) -> str:
    """A valid code, of any century and sign, of the kinds that people and temporary holders have."""
    century = draw(st.sampled_from(sorted(SIGNS)))
    year, month = draw(st.integers(0, 99)), draw(st.integers(1, 12))
    day = draw(st.integers(1, calendar.monthrange(century * 100 + year, month)[1]))
    number = f"{day:02}{month:02}{year:02}"
    individual = f"{draw(st.integers(2, 999)):03}"
    return number + draw(st.sampled_from(SIGNS[century])) + individual + CHECK[int(number + individual) % 31]


@st.composite
def written(draw: st.DrawFn) -> str:
    """A code as somebody may write it: a space in it, another dash, small letters."""
    given = draw(codes())
    sign = draw(st.sampled_from(DASHES)) if given[6] == "-" else given[6]
    gaps = [draw(st.sampled_from(SPACES)) for _ in range(3)]
    text = given[:6] + gaps[0] + sign + gaps[1] + given[7:10] + gaps[2] + given[10]
    return text.lower() if draw(st.booleans()) else text


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Nd"]), max_size=12)


@ALIKE
@given(parts=st.lists(st.tuples(WORDS, written()), min_size=1, max_size=3), end=WORDS)
def test_every_code_in_a_text_is_removed(warehouse: Connection, parts: list[tuple[str, str]], end: str) -> None:
    texts = [*(words for words, _ in parts), end]
    # A letter or digit straight after belongs to the word: the code would not be one.
    assume(not any(re.match("[0-9A-Za-z]", text) for text in texts[1:]))
    assume(len(parts) == 1 or all(texts[1:-1]))
    text = "".join(words + code for words, code in parts) + end
    assert removed(warehouse, text) == "".join(words + MARK for words, _ in parts) + end


@ALIKE
@given(code=codes(), check=st.sampled_from(CHECK), around=WORDS)
def test_a_wrong_check_character_is_no_code(warehouse: Connection, code: str, check: str, around: str) -> None:
    assume(check != code[10])
    text = f"{around} {code[:10]}{check} {around}"
    assert not hetu.is_valid(code[:10] + check, allow_temporary=True)
    assert removed(warehouse, text) == text


@ALIKE
@given(text=st.text("0123456789-+AF ,.", max_size=40))
def test_other_digits_stay_and_no_code_does(warehouse: Connection, text: str) -> None:
    left = removed(warehouse, text)
    windows = (text[n : n + 11] for n in range(len(text)))
    if left != text:
        assert re.search(r"[0-9]{6}\s?[-+A-F]\s?[0-9]{3}\s?[0-9A-F]", text)
    elif any(hetu.is_valid(w, allow_temporary=True) for w in windows):
        glued = [m for m in re.finditer(r"(?<![0-9])[0-9]{6}[-+A-F][0-9]{3}.(?![0-9A-Za-z])", text)]
        assert not any(hetu.is_valid(m.group(), allow_temporary=True) for m in glued)
    assert removed(warehouse, left) == left


@pytest.mark.parametrize(
    "text",
    [
        "puh. 010190-1234", "lasku 123456-789", "2108420-7", "+358 11 123 4567", "FI21 1234 5600 0007 85",
        "1.2.2020-3.4.2021", "010190-9990", "RF18 5390 0754 7034",
        "192.168.100.200", "310290 klo 12-13", "", "1234567-8 ja 123456-123",
        "131352-308T", "001052-308T", "321052-308T",
    ],
)  # fmt: skip
def test_numbers_that_are_none_stay(warehouse: Connection, text: str) -> None:
    assert removed(warehouse, text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("131052-308T", MARK),
        ("hetu:131052-308T.", f"hetu:{MARK}."),
        ("(131052-308T)", f"({MARK})"),
        ("hetu131052-308T", f"hetu{MARK}"),
        ("131052-308T/010190-999W", f"{MARK}/{MARK}"),
        ("131052-308T 131052-308T", f"{MARK} {MARK}"),
        ("131052-308T\n010190–999W", f"{MARK}\n{MARK}"),
        ("131052-308Tä", f"{MARK}ä"),
    ],
)
def test_a_code_goes_wherever_it_stands(warehouse: Connection, text: str, left: str) -> None:
    assert removed(warehouse, text) == left
