"""Whether a number grows: words with their numbers, and nights on which nothing was counted."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekisteri.trends import BACK, NIGHTS, since, trend

NIGHT = date(2026, 11, 1)


def ago(days: int) -> date:
    return NIGHT - timedelta(days=days)


@pytest.mark.parametrize(
    ("found", "word", "now", "then"),
    [
        ({}, "first night", 0, None),
        ({0: 5}, "first night", 5, None),
        ({1: 5, 0: 5}, "steady", 5, 5),
        ({7: 5, 0: 6}, "growing", 6, 5),
        ({7: 10, 0: 11}, "steady", 11, 10),
        ({7: 10, 0: 9}, "steady", 9, 10),
        ({7: 10, 0: 8}, "shrinking", 8, 10),
        ({7: 0, 0: 1}, "growing", 1, 0),
        ({7: 1, 0: 0}, "shrinking", 0, 1),
        ({20: 3, 7: 3, 3: 900, 0: 3}, "steady", 3, 3),
        ({60: 4}, "steady", 4, 4),
        ({3: 2, 0: 4}, "growing", 4, 2),
    ],
)
def test_a_trend_is_told_by_the_week_before(found: dict[int, int], word: str, now: int, then: int | None) -> None:
    told = trend({ago(days): count for days, count in found.items()}, NIGHT)
    assert (told.word, told.now, told.then) == (word, now, then)
    assert str(now) in told.sentence
    assert then is None or str(then) in told.sentence


def test_a_night_on_which_nothing_was_counted_is_as_the_one_before() -> None:
    told = trend({ago(10): 4, ago(4): 7}, NIGHT)
    assert told.counts[-11:] == (4, 4, 4, 4, 4, 4, 7, 7, 7, 7, 7)
    assert set(told.counts[:-11]) == {None}
    assert (told.nights[0], told.nights[-1]) == (ago(NIGHTS - 1), NIGHT)


def test_what_lies_too_far_back_is_unknown() -> None:
    assert trend({since(NIGHT) - timedelta(days=1): 4}, NIGHT).word == "first night"
    assert trend({since(NIGHT): 4}, NIGHT).now == 4


@given(st.dictionaries(st.integers(0, BACK).map(ago), st.integers(0, 10**9)))
def test_every_count_was_found_and_the_word_agrees_with_the_numbers(found: dict[date, int]) -> None:
    told = trend(found, NIGHT)
    assert len(told.counts) == NIGHTS
    assert {count for count in told.counts if count is not None} <= set(found.values())
    if told.word == "growing":
        assert told.then is not None
        assert told.now > told.then
    if told.word == "shrinking":
        assert told.then is not None
        assert told.now < told.then
