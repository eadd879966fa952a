"""What a source counts and sums itself is what is sent of it, in every dialect; what is no number is not summed."""

from decimal import Decimal

import pytest

from rekisteri.origins import Part
from tests.origins.conftest import Place, read

QUERY = "select k as source_key, m as amount from t"
NUMBERS = ["0.10", "0.20", "-12.35", "9999999999.99", "1e2", "0", "3", "3"]


def _summed(place: Place, query: str) -> tuple[int, Decimal | None]:
    """Return what the source says of a query: its rows, and the sum of its money."""
    with place.open() as origin:
        rows, sums = origin.totals(query, ["amount"])
    return rows, sums["amount"]


def _sent(place: Place, query: str) -> Decimal:
    with place.open() as origin:
        return sum((Decimal(str(money)) for _, money in read(origin, query) if money is not None), Decimal(0))


@pytest.mark.parametrize("shape", ["decimal(14, 2)", "double precision", "bigint"])
def test_the_sum_at_the_source_is_that_of_what_is_sent(place: Place, shape: str) -> None:
    place.fill("t", f"k varchar(20), m {shape}", [])
    for n, number in enumerate([*NUMBERS, "null"]):
        place.run(f"insert into t values ('{n}', {number})")
    rows, total = _summed(place, QUERY)
    assert rows == len(NUMBERS) + 1
    if place.kind.endswith("SQLAlchemy") or (place.kind == "mariadb" and shape == "double precision"):
        assert total is None, "what such a sum would be, nobody can say exactly"
        return
    assert total is not None
    assert abs(total - _sent(place, QUERY)) < Decimal("0.005")


@pytest.mark.parametrize("money", ["12,50", "1 234.56", "12.50", "kaksi"])
def test_text_is_not_summed_whatever_it_looks_like(place: Place, money: str) -> None:
    place.fill("t", "k varchar(20), m varchar(20)", [("1", "1"), ("2", money)])
    assert _summed(place, QUERY) == (2, None)


def test_no_row_and_no_value_are_nothing(place: Place) -> None:
    place.fill("t", "k varchar(20), m decimal(14, 2)", [])
    nothing = None if place.kind.endswith("SQLAlchemy") else 0
    assert _summed(place, QUERY) == (0, nothing)
    place.run("insert into t values ('1', null)")
    assert _summed(place, QUERY) == (1, nothing)


def test_of_a_part_it_sums_that_part(place: Place) -> None:
    place.fill("t", "k varchar(20), m decimal(14, 2)", [])
    for n in range(10):
        place.run(f"insert into t values ('{n}', {n}.25)")
    with place.open() as origin:
        part = origin.part(QUERY, Part(keys=["3", "7"]))
    rows, total = _summed(place, part)
    assert rows == 2
    assert total in (Decimal("10.5"), None)
    assert (total is None) is place.kind.endswith("SQLAlchemy")
