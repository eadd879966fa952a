"""What is nearly a listed name is none: one character off, look-alikes, invisible marks, prefixes and suffixes."""

import unicodedata
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rekisteri.residency import resolve
from rekisteri.residency.atlas import atlas
from rekisteri.residency.names import normal
from tests.test_residency import INSIDE, NAMES, REGIONS, _listed

ON = date(2026, 11, 1)
OPEN = sorted(
    {name for name, iso2 in NAMES if iso2 in INSIDE}
    | {alias for alias, iso2 in atlas().policy.aliases.items() if iso2 in INSIDE}
    | {f"{provider} {region}" for provider, region, _, rule in REGIONS if rule == "allow"}
)
#: Letters of other scripts that look like these, full-width forms among them; none is canonically the same.
ALIKE = {
    **dict(zip("aceiopxyABEHIKMOPTX", "асеіорхуАВЕНІКМОРТХ", strict=True)),
    **{chr(n): chr(n + 0xFEE0) for n in (*range(0x30, 0x3A), *range(0x41, 0x4B))},
}
#: Zero-width and direction marks, a soft hyphen, a combining mark, a variation selector, a byte-order mark, NUL.
INVISIBLE = "\u200b\u200c\u200d\u2060\u200e\u200f\u202a\u202e\u2066\u2069\u00ad\u0301\ufe0f\ufeff\u0000\u180e"
WHITE = " \t\n\r\u00a0\u2003\u3000"


@settings(max_examples=1500, deadline=None)
@given(
    name=st.sampled_from(OPEN),
    place=st.integers(0, 40),
    cut=st.integers(0, 1),
    piece=st.one_of(st.just(""), st.characters(), st.sampled_from("abcdefghijklmnopqrstuvwxyz0123456789-_/.: ")),
)
def test_one_character_off_is_another_name(name: str, place: int, cut: int, piece: str) -> None:
    place %= len(name) + 1
    text = name[:place] + piece + name[place + cut :]
    assert _listed(text) or not resolve(text, on=ON).inside


@settings(max_examples=500, deadline=None)
@given(name=st.sampled_from(OPEN), place=st.integers(0, 40), mark=st.sampled_from(INVISIBLE))
def test_an_invisible_mark_makes_another_name(name: str, place: int, mark: str) -> None:
    place %= len(name) + 1
    text = name[:place] + mark + name[place:]
    assert unicodedata.normalize("NFC", text) != unicodedata.normalize("NFC", name)
    assert not resolve(text, on=ON).inside


@settings(max_examples=500, deadline=None)
@given(name=st.sampled_from([n for n in OPEN if set(n) & set(ALIKE)]), data=st.data())
def test_a_look_alike_is_another_name(name: str, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from([n for n, letter in enumerate(name) if letter in ALIKE]))
    assert not resolve(name[:place] + ALIKE[name[place]] + name[place + 1 :], on=ON).inside


@settings(max_examples=300, deadline=None)
@given(name=st.sampled_from(OPEN), end=st.text("xyzåäö0123456789,;()\"'", min_size=2, max_size=6), first=st.booleans())
def test_a_longer_name_is_another_name(name: str, end: str, first: bool) -> None:
    text = end + name if first else name + end
    assert _listed(text) or not resolve(text, on=ON).inside


@pytest.mark.parametrize("white", WHITE)
def test_white_space_around_a_name_is_no_part_of_it(white: str) -> None:
    assert resolve(f"{white}FI{white}", on=ON).inside
    assert not resolve(f"F{white}I", on=ON).inside


def test_no_open_name_is_also_a_closed_one() -> None:
    closed = {normal(name) for name, iso2 in NAMES if iso2 not in INSIDE}
    assert not closed & {normal(name) for name in OPEN}
    assert len(OPEN) > 250
