"""What is usual of a number of rows, and of a column's values: small tables do not flap, a tenth and ten times stop."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekisteri import freshness, usual

TIMES, HARD, FEW = 2, 10, 100


@pytest.mark.parametrize(
    ("before", "tonight"),
    [
        ([100_000] * 30, 105_000),
        ([3], 90),
        ([0] * 30, 100),
        ([1, 2, 1, 4, 0, 2, 3], 12),
        ([40] * 30, 3),
        ([1_000, 1_010, 990, 1_000, 1_000, 1_005, 1_000], 1_900),
        # Weekly: on Mondays a tenth of the rest.
        ([10_000, 1_000, 10_000, 10_000, 10_000, 10_000, 10_000, 10_000], 1_000),
        # A step that was accepted last night is usual tonight.
        ([50_000] + [5_000] * 29, 52_000),
        # It grows by a hundredth each night.
        ([int(1.01**n * 1_000) for n in range(30, 0, -1)], int(1.01**31 * 1_000)),
        # It goes up and down as it likes: six times the median, and within its own spread.
        ([100, 2_000, 400, 3_000, 50, 900, 1_500, 2_800], 3_900),
    ],
)
def test_usual_numbers_of_rows(before: list[int], tonight: int) -> None:
    low, high = usual.rows_band(before, TIMES, FEW)
    assert low <= tonight <= high


@pytest.mark.parametrize(
    ("before", "tonight"),
    [
        ([100_000] * 30, 10_000),
        ([100_000] * 30, 1_000_000),
        ([100_000] * 30, 0),
        ([1_000, 1_010, 990, 1_000, 1_000, 1_005, 1_000], 2_100),
        ([200] * 7, 20),
        ([20] * 7, 200),
        # One night of many rows that was accepted long ago does not let ten times as many pass.
        ([5_000] * 20 + [50_000] + [5_000] * 9, 500_000),
    ],
)
def test_unusual_numbers_of_rows(before: list[int], tonight: int) -> None:
    low, high = usual.rows_band(before, TIMES, FEW)
    assert not low <= tonight <= high


@given(st.lists(st.integers(0, FEW), min_size=1, max_size=30), st.integers(0, FEW))
def test_tables_of_a_few_rows_never_flap(before: list[int], tonight: int) -> None:
    low, high = usual.rows_band(before, TIMES, FEW)
    assert low <= tonight <= high


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=30), st.data())
def test_what_a_merged_night_had_is_usual(before: list[int], data: st.DataObject) -> None:
    tonight = data.draw(st.sampled_from(before))
    low, high = usual.rows_band(before, TIMES, FEW)
    assert low <= tonight <= high


@given(st.integers(2_000, 10**9), st.integers(1, 30), st.sampled_from([TIMES, HARD]))
def test_a_tenth_and_ten_times_of_a_steady_table_stop(rows: int, nights: int, times: float) -> None:
    low, high = usual.rows_band([rows] * nights, times, FEW)
    assert rows // (HARD + 1) < low
    assert rows * (HARD + 1) > high


@pytest.mark.parametrize(
    ("before", "drop", "tonight", "stops"),
    [
        ([0.9] * 30, 0.2, 0.75, False),
        ([0.9] * 30, 0.2, 0.65, True),
        ([0.9] * 30, 0.2, 0.0, True),
        ([0.9], None, 0.3, False),
        ([0.9], None, 0.05, True),
        # A column that few rows fill: it loses nearly all of them.
        ([0.1] * 30, 0.2, 0.02, False),
        ([0.1] * 30, 0.2, 0.005, True),
        ([0.0] * 30, 0.2, 0.0, False),
        # An accepted loss is usual from the next night on.
        ([0.4] + [0.9] * 29, 0.2, 0.41, False),
        ([0.9, 0.4, 0.9, 0.5, 0.8, 0.4, 0.9], 0.2, 0.35, False),
    ],
)
def test_how_much_of_a_column_may_go(before: list[float], drop: float | None, tonight: float, stops: bool) -> None:
    assert (tonight < usual.least_filled(before, drop)) is stops


@pytest.mark.parametrize(
    ("gaps", "now", "over"),
    [
        ([1] * 10, 1, None),
        ([1] * 10, 2, None),
        ([1] * 10, 3, 1),
        ([1, 1, 3, 1, 1, 1, 3], 6, None),
        ([1, 1, 3, 1, 1, 1, 3], 7, 1),
        ([30, 30], 70, 10),
        ([1], 100, None),
        ([], 100, None),
    ],
    ids=["daily", "a day off", "three off", "weekend", "over a weekend", "monthly", "two nights known", "none known"],
)
def test_how_long_a_source_may_be_quiet(gaps: list[int], now: int, over: int | None) -> None:
    moved = [date(2026, 11, 1)]
    for gap in gaps:
        moved.append(moved[-1] - timedelta(days=gap))
    found = freshness.quiet(moved, date(2026, 11, 1) + timedelta(days=now))
    assert (found[:2] if found else None) == ((max(gaps), over) if over else None)
