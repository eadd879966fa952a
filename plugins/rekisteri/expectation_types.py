"""What Great Expectations knows of an expectation's type and settings, and which of them may be used here."""

import difflib
from collections.abc import Callable, Iterator
from typing import Any

from rekisteri import counting
from rekisteri.expectations import Expectation

_OURS = {
    "result_format": "GX would bring the values themselves out with it",
    "severity": "write it beside kwargs",
    "meta": "the rule's name is kept there",
    "notes": "write why, beside kwargs",
    "description": "write why, beside kwargs",
    "catch_exceptions": "a gate that errs has refused",
    "rendered_content": "nothing is rendered",
    "windows": "it needs results of earlier runs, which GX does not keep here",
    "id": "write name, beside kwargs",
    "batch_id": "the rows are those of the pull",
    "condition_parser": "write row_condition as a mapping, such as "
    "{type: comparison, column: {name: kind}, operator: ==, parameter: company}",
}
"""Fields of GX that the file may not set, and why."""
_WHOLE = frozenset(
    {
        "expect_column_mean_to_be_between",
        "expect_column_stdev_to_be_between",
        "expect_column_sum_to_be_between",
        "expect_column_proportion_of_non_null_values_to_be_between",
        "expect_column_proportion_of_unique_values_to_be_between",
        "expect_column_unique_value_count_to_be_between",
        "expect_table_row_count_to_be_between",
        "expect_table_row_count_to_equal",
    }
)
"""Expectations on the rows together whose result is a count, a share or a mean, never one row's value."""
_BESIDE = frozenset(
    {
        "expect_column_values_to_be_unique",
        "expect_compound_columns_to_be_unique",
        "expect_column_value_z_scores_to_be_less_than",
        "expect_column_values_to_not_be_outliers",
    }
)
"""Row-level to GX, but the verdict on a row hangs on which others are in the pull."""


def faults(one: Expectation, lacks: Callable[[str], Iterator[str]]) -> Iterator[str]:
    """Yield what is wrong with an expectation, a sentence each; of a type that there is not, only that.

    Args:
        one: as its file says it.
        lacks: yields what is wrong with a column that it names.
    """
    counting.hush()
    import great_expectations.expectations.core  # noqa: F401 - registers GX's own types
    from great_expectations.exceptions import GreatExpectationsError
    from great_expectations.expectations.registry import (
        get_expectation_impl,
        list_registered_expectation_implementations,
    )

    try:
        kind = get_expectation_impl(one.type)
    except GreatExpectationsError:
        close = difflib.get_close_matches(one.type, list_registered_expectation_implementations(), n=1)
        yield f"GX has no expectation {one.type!r}; " + (f"did you mean {close[0]!r}?" if close else "see its gallery")
        return
    kwargs = dict(one.kwargs)
    for name, reason in _OURS.items():
        if name in kwargs:
            del kwargs[name]
            yield f"kwargs may not have {name!r}: {reason}"
    yield from _level(one, kind)
    condition = kwargs.pop("row_condition", None)
    if condition is not None:
        yield from _condition_faults(condition)
    named = [*one.columns, *_columns_of(condition)]
    for column in dict.fromkeys(named):
        yield from lacks(column)
    yield from _refused_by_gx(kind, kwargs)


def _condition_faults(condition: Any) -> Iterator[str]:
    from great_expectations.expectations.row_conditions import PassThroughCondition, deserialize_row_condition

    try:
        if isinstance(condition, dict) and not isinstance(deserialize_row_condition(condition), PassThroughCondition):
            return
    except (ValueError, TypeError, KeyError):
        pass
    yield f"row_condition is not as GX wants it; {_OURS['condition_parser']}"


def _columns_of(condition: Any) -> Iterator[str]:
    """Yield the columns that a row condition names."""
    if isinstance(condition, dict):
        if isinstance(column := condition.get("column"), dict) and isinstance(column.get("name"), str):
            yield column["name"]
        for one in condition.get("conditions") or ():
            yield from _columns_of(one)


def _level(one: Expectation, kind: Any) -> Iterator[str]:
    """Yield why an expectation cannot have its consequence."""
    from great_expectations.expectations.registry import _registered_metrics

    map_metric = getattr(kind, "map_metric", None)
    if not map_metric:
        if one.type not in _WHOLE:
            yield (
                f"{one.type} would bring values out, or says nothing of rows; take a row-level expectation, or one of "
                f"{', '.join(sorted(_WHOLE))}"
            )
        elif one.consequence == "row":
            yield f"{one.type} judges the rows together and cannot refuse one; write consequence: pull or note"
    elif "SqlAlchemyExecutionEngine" not in _registered_metrics.get(f"{map_metric}.condition", {}).get("providers", {}):
        yield f"GX cannot evaluate {one.type} in a database; take another"
    elif one.consequence == "row" and one.type in _BESIDE:
        yield (
            f"{one.type} judges a row by the others that happen to be in the same pull and cannot refuse one; write "
            "consequence: pull or note"
        )
    elif one.consequence == "row" and one.kwargs.get("mostly", 1) != 1:
        yield "every row that breaks it is refused, so mostly says nothing; leave it out, or write consequence: pull"


def _refused_by_gx(kind: Any, kwargs: dict[str, Any]) -> Iterator[str]:
    try:
        kind(**kwargs)
    except ValueError as error:  # pydantic's errors are
        listed = getattr(error, "errors", None)
        told = listed() if callable(listed) else [{"loc": (), "msg": "not as GX wants them"}]
        places: dict[str, str] = {}
        for fault in told:
            # One that may be of several kinds is refused once for each of them.
            places.setdefault(".".join(str(step) for step in fault["loc"][:1] if step != "__root__"), str(fault["msg"]))
        yield from (f"GX refuses kwargs{' ' + place if place else ''}: {said}" for place, said in places.items())
    except Exception as error:  # GX raises what it likes; whatever it is, the file is at fault
        yield f"GX refuses kwargs ({type(error).__name__}); see its documentation of the type"
