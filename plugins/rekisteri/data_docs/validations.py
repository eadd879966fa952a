"""What is kept of Great Expectations' results: an allow-list of counts, names and settings, never a value of a row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import tuple_row
from psycopg.types.json import Jsonb

from rekisteri.pulls import Pull
from rekisteri.statements import load

NIGHTS = 30
"""How many nights are kept."""
_COUNTS = (
    "element_count", "unexpected_count", "unexpected_percent", "missing_count", "missing_percent",
    "unexpected_percent_total", "unexpected_percent_nonmissing",
)  # fmt: skip
_NAMES = ("column", "column_A", "column_B", "column_list", "column_set")
"""Settings that name columns; of the others only numbers and yes or no are kept: a text could be anything."""
_TELLS_ROWS = "expect_table_row_count"
"""Expectations whose observed value is a number of rows; of any other it may be a row's own value."""


def keep(conn: psycopg.Connection[Any], pull: Pull, entity: str, outcome: Any) -> None:
    """Keep what Great Expectations said of an entity in a pull.

    Args:
        conn: the warehouse.
        pull: the pull that was judged.
        entity: whose rows.
        outcome: an ExpectationSuiteValidationResult.
    """
    bound = {"pull_id": pull.pull_id, "source": pull.source, "entity": entity, "night": pull.night}
    conn.execute(load("data_docs/keep"), bound | {"result": Jsonb(without_values(outcome))})


def without_values(outcome: Any) -> dict[str, Any]:
    """Return a validation result as Great Expectations lays it out in JSON, less all that may be a value.

    Args:
        outcome: an ExpectationSuiteValidationResult.
    """
    statistics = {name: n for name, n in dict(outcome.statistics).items() if _is_count(n)}
    return {
        "success": bool(outcome.success),
        "statistics": statistics,
        "meta": {"great_expectations_version": outcome.meta.get("great_expectations_version")},
        "results": [_one(result) for result in outcome.results],
    }


def _one(result: Any) -> dict[str, Any]:
    config, counted = result.expectation_config, result.result or {}
    kept = {name: counted[name] for name in _COUNTS if _is_count(counted.get(name))}
    if config.type.startswith(_TELLS_ROWS) and _is_count(counted.get("observed_value")):
        kept["observed_value"] = counted["observed_value"]
    return {
        "success": bool(result.success),
        "expectation_config": {
            "type": config.type,
            "kwargs": {name: one for name, one in config.kwargs.items() if name in _NAMES or _is_count(one)},
            "meta": {"rule": str((config.meta or {}).get("rule", config.type))},
            "severity": str(getattr(config.severity, "value", config.severity)),
        },
        "result": kept,
        "exception_info": {"raised_exception": _raised(result.exception_info)},
    }


def _is_count(value: object) -> bool:
    return isinstance(value, bool | int | float) and value == value


def _raised(info: Mapping[str, Any] | None) -> bool:
    # Either one exception, or one for each metric; of both only whether there was any.
    held = info or {}
    nested = [one for one in held.values() if isinstance(one, Mapping)]
    return bool(held.get("raised_exception") or any(one.get("raised_exception") for one in nested))


def prune(conn: psycopg.Connection[Any], night: date) -> int:
    """Remove what is past its 30 nights; return how many validations.

    Args:
        conn: the warehouse.
        night: the newest night.
    """
    return conn.execute(load("data_docs/prune"), {"before": night - timedelta(days=NIGHTS - 1)}).rowcount


@dataclass(frozen=True)
class Check:
    """What came of one expectation."""

    rule: str
    type: str
    """Great Expectations' name of it."""
    settings: Mapping[str, Any]
    severity: str
    met: bool
    failed: bool
    """It could not be evaluated."""
    evaluated: int | None
    """Rows; None for an expectation about the whole table."""
    broken: int | None
    observed: float | None

    @classmethod
    def of(cls, result: Mapping[str, Any]) -> "Check":
        """Return it from what is kept."""
        config, counted = result["expectation_config"], result["result"]
        return cls(
            config["meta"]["rule"], config["type"], config["kwargs"], config["severity"], result["success"],
            result["exception_info"]["raised_exception"], counted.get("element_count"),
            counted.get("unexpected_count"), counted.get("observed_value"),
        )  # fmt: skip


@dataclass(frozen=True)
class Validation:
    """One entity of one pull, as it was judged."""

    pull_id: UUID
    source: str
    entity: str
    night: date
    validated_at: datetime
    checks: tuple[Check, ...]

    @property
    def met(self) -> int:
        """How many rules were met."""
        return sum(1 for check in self.checks if check.met)

    @property
    def rows(self) -> int:
        """How many rows were evaluated."""
        return max((check.evaluated or 0 for check in self.checks), default=0)

    @property
    def path(self) -> str:
        """Its page."""
        return f"validations/{self.night}/{self.source}.{self.entity}.{self.pull_id}.html"

    @property
    def suite_path(self) -> str:
        """The page of its expectation suite."""
        return f"expectations/{self.source}.{self.entity}.html"


def kept(conn: psycopg.Connection[Any]) -> list[Validation]:
    """Return all validations that are kept, the newest first."""
    found = conn.cursor(row_factory=tuple_row)
    return [
        Validation(pull_id, source, entity, night, at, tuple(map(Check.of, result["results"])))
        for pull_id, source, entity, night, at, result in found.execute(load("data_docs/validations"))
    ]
