"""A length that is measured once tells right from wrong as Great Expectations tells it, on texts of every kind."""

import inspect
import subprocess
import sys
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from great_expectations.expectations.metrics.column_map_metrics.column_value_lengths import ColumnValuesValueLength
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from rekisteri.lengths import LengthMeasuredOnce

TEXTS = ("", "a", "ä", "äö", "abc", "日本語", "👍👍👍👍", "a" * 9, "ä" * 10, "\u0308" * 11, "x" * 300)
bounds = st.none() | st.integers(0, 12) | st.sampled_from([299, 300, 301, 2**29 - 1, 2**29, 2**31, 2.0, 300.0])


def _broken(conn: psycopg.Connection[Any], provider: type, **asked: Any) -> list[int]:
    column = sa.column("said")
    known = {"column_values.value_length.map": (sa.func.length(column), None, None)}
    condition = inspect.unwrap(provider._sqlalchemy)(provider, column, known, **asked)  # type: ignore[attr-defined]
    text = sa.not_(condition).compile(dialect=PGDialect_psycopg(), compile_kwargs={"literal_binds": True})
    query = f"select n from unnest(%s::text[]) with ordinality as one (said, n) where {str(text).replace('%', '%%')}"
    return [row[0] for row in conn.execute(query, (list(TEXTS),))]  # type: ignore[arg-type]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bounds, bounds, st.booleans(), st.booleans())
@example(2, 4, False, False)
@example(4, 2, False, False)
@example(0, 2**29 - 1, True, True)
def test_lengths_are_judged_as_gx_judges_them(
    warehouse: psycopg.Connection[Any], least: Any, most: Any, strict_min: bool, strict_max: bool
) -> None:
    asked = {"min_value": least, "max_value": most, "strict_min": strict_min, "strict_max": strict_max}
    if least is None and most is None:
        with pytest.raises(ValueError, match="cannot both be None"):
            _broken(warehouse, LengthMeasuredOnce, **asked)
        return
    assert _broken(warehouse, LengthMeasuredOnce, **asked) == _broken(warehouse, ColumnValuesValueLength, **asked)


ASKS = """
from rekisteri.conditions import made
from rekisteri.expectations import Expectation, Expected
one = Expectation(
    type="expect_column_value_lengths_to_be_between", kwargs={"column": "name", "max_value": 5},
    severity="critical", consequence="row", why="a reason in words",
)
made(Expected(one, "shop.yaml:1"))
from great_expectations.expectations.registry import get_sqlalchemy_metric_provider
print(get_sqlalchemy_metric_provider("column_values.value_length.between.condition")[0].__name__)
"""


def test_whoever_makes_an_expectation_has_gx_ask_for_it_so() -> None:
    # In a process of its own: here it is imported already.
    done = subprocess.run([sys.executable, "-c", ASKS], capture_output=True, text=True, check=True)
    assert done.stdout.split()[-1] == LengthMeasuredOnce.__name__
