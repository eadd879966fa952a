"""How long a text is, for Great Expectations: measured once for each row, where GX measures it once for each bound.

PostgreSQL steps through a text to count its characters and keeps nothing of it; of texts of 200 characters that is
most of what a gate takes. Importing this module replaces GX's own condition for SQL by one that asks the same of one
length. It needs no metric of GX's that is found a step before, either, so that lengths are counted in the statement
that counts the rest.
"""

import inspect
from typing import Any

import sqlalchemy as sa
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.metrics.column_map_metrics.column_value_lengths import ColumnValuesValueLength
from great_expectations.expectations.metrics.map_metric_provider import column_condition_partial

_LENGTH = "column_values.value_length.map"
_MOST = 2**29
"""Bounds below it, and twice the length of any text, which is below 2**30, are integers of four bytes."""
_of_gx = inspect.unwrap(ColumnValuesValueLength._sqlalchemy)


class LengthMeasuredOnce(ColumnValuesValueLength):  # type: ignore[misc]
    """GX's ``column_values.value_length.between``."""

    @column_condition_partial(engine=SqlAlchemyExecutionEngine)  # type: ignore[untyped-decorator]
    def _sqlalchemy(
        cls,  # noqa: N805 - as GX calls it
        column: Any,
        _metrics: dict[str, Any],
        min_value: Any = None,
        max_value: Any = None,
        strict_min: bool | None = None,
        strict_max: bool | None = None,
        **_more: Any,
    ) -> Any:
        length = sa.func.length(column)
        bounds = [n for n in (min_value, max_value) if isinstance(n, int) and 0 <= n < _MOST]
        if len(bounds) < 2:
            measured = _metrics | {_LENGTH: (length, None, None)}
            return _of_gx(cls, column, measured, min_value, max_value, strict_min, strict_max)
        least, most = bounds[0] + bool(strict_min), bounds[1] - bool(strict_max)
        # least <= length and length <= most, asked of one length.
        return sa.func.abs(2 * length - (least + most)) <= most - least

    @classmethod
    def _get_evaluation_dependencies(cls, *asked: Any, **named: Any) -> Any:
        return super(ColumnValuesValueLength, cls)._get_evaluation_dependencies(*asked, **named)
