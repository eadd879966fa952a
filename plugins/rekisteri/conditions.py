"""Expectations as Great Expectations makes them, and the SQL conditions under which it counts rows as unexpected."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from psycopg.sql import SQL, Composable

from rekisteri.errors import QualityRefused
from rekisteri.expectations import Expected


class Condition(NamedTuple):
    """Under which SQL condition a row of the gate's relation breaks an expectation, as GX itself would ask."""

    name: str
    sql: Composable

    def broken(self) -> Composable:
        """Return the condition."""
        return self.sql


def made(one: Expected, **more: Any) -> Any:
    """Return an expectation as GX's own object; ``more``: fields of ours."""
    import great_expectations.expectations.core  # noqa: F401 - registers GX's own types
    from great_expectations.expectations.registry import get_expectation_impl

    from rekisteri import lengths  # noqa: F401 - replaces one of GX's own conditions

    return get_expectation_impl(one.of.type)(**one.of.kwargs, severity=one.of.severity, **more)


def of(batch: Any, expected: list[Expected]) -> list[Condition]:
    """Return the conditions under which GX counts rows as unexpected, with the rows that it leaves out of account.

    Args:
        batch: GX's own, of a relation with the names and types of the rows' columns.
        expected: row-level expectations.

    Raises:
        QualityRefused: GX gives no condition for one of them.
    """
    from great_expectations.core.metric_function_types import MetricPartialFunctionTypeSuffixes
    from great_expectations.validator.metric_configuration import MetricConfiguration
    from great_expectations.validator.metrics_calculator import MetricsCalculator

    engine = batch.data.execution_engine
    engine.batch_manager.load_batch_list([batch])
    runtime = {"result_format": {"result_format": "BOOLEAN_ONLY"}}
    wanted = {}
    for one in expected:
        asked = made(one, batch_id=batch.id)
        asks = asked.get_validation_dependencies(execution_engine=engine, runtime_configuration=runtime)
        counts = asks.metric_configurations[f"{asked.map_metric}.unexpected_count"]
        wanted[one.of.rule] = MetricConfiguration(
            f"{asked.map_metric}.{MetricPartialFunctionTypeSuffixes.CONDITION.value}",
            metric_domain_kwargs=counts.metric_domain_kwargs,
            metric_value_kwargs=counts.metric_value_kwargs,
        )
    # All at once: what they have in common, such as the rows' number, is asked once.
    found, _ = MetricsCalculator(execution_engine=engine).compute_metrics(list(wanted.values()))
    made_of = []
    for rule, metric in wanted.items():
        if metric.id not in found:
            raise QualityRefused(
                f"rule {rule}: Great Expectations gives no condition for it; a gate that errs has refused"
            )
        condition, computed, accessed = found[metric.id]
        looked_at = engine.get_domain_records(domain_kwargs={**computed, **accessed})
        parts = [part.self_group() for part in (condition, *_filters(looked_at))]
        texts = [
            str(part.compile(dialect=engine.engine.dialect, compile_kwargs={"literal_binds": True})) for part in parts
        ]
        # Written by SQLAlchemy for this dialect, its literals quoted; only columns of the gate's relation are in it.
        made_of.append(Condition(rule, SQL(" and ".join(f"({text})" for text in texts))))
    return made_of


def _filters(selectable: Any) -> Iterator[Any]:
    """Yield the conditions by which GX leaves rows out: row_condition and ignore_row_if."""
    import sqlalchemy as sa

    while True:
        if isinstance(selectable, sa.Subquery):
            selectable = selectable.element
        elif isinstance(selectable, sa.Select):
            if selectable.whereclause is not None:
                yield selectable.whereclause
            froms = selectable.get_final_froms()
            if len(froms) != 1:
                return
            selectable = froms[0]
        else:
            return
