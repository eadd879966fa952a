"""Great Expectations on the warehouse: it gives verdict and counts, and never a value."""

import logging
import os
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from psycopg.sql import SQL

from rekisteri import conditions, connections
from rekisteri.conditions import Condition
from rekisteri.errors import QualityRefused
from rekisteri.expectations import Expected
from rekisteri.rules import Rule
from rekisteri.staging import registered

_WITHOUT_VALUES = {
    "result_format": "BASIC",
    "partial_unexpected_count": 0,
    "exclude_unexpected_values": True,
}


class Counted(NamedTuple):
    """What GX says of one rule."""

    evaluated: int
    broken: int
    """Rows that break it; of an expectation on the whole: 1 where it fails."""
    success: bool
    whole: bool = False
    """Whether it looks at the rows together, not at each."""
    observed: float | None = None
    """What was found of an expectation on the whole, where it is a number."""


def hush() -> None:
    """Keep out of the log what Great Expectations says while it is imported, and of a failure.

    That quotes the database's message, which may quote a row.
    """
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)


class Counter:
    """Great Expectations, opened once per pull."""

    def __init__(self, keep: Callable[[str, Any], None]) -> None:
        self._keep = keep
        os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
        # Costs seconds to import, so only a pull with something new pays for it.
        hush()
        import great_expectations as gx
        from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults

        self._gx = gx
        # Nothing of GX outlives the task: no docs site in a temporary folder, which would be left behind there.
        in_memory = InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
        context = gx.get_context(mode="ephemeral", project_config=DataContextConfig(store_backend_defaults=in_memory))
        context.variables.progress_bars = {"globally": False}
        self._sources = context.data_sources

    def count(
        self, source: str, entity: str, rules: list[Rule], expected: Sequence[Expected] = (), fresh: int = 0
    ) -> tuple[dict[str, Counted], list[Condition]]:
        """Return what GX says of each rule, and under which conditions rows break the expectations that refuse rows.

        Args:
            source: name in sources.yaml.
            entity: whose gate's relation is looked at.
            rules: those that the model gives.
            expected: those that the source's file adds. What may stop the pull, or is only noted, looks at the rows
                that are new or changed: what waits in quarantine has had its verdict.
            fresh: how many those are.

        Raises:
            QualityRefused: an expectation itself failed.
        """
        alone = [one for one in expected if one.of.consequence == "row"]
        batch = self._batch(f"{source}__{entity}__gate")
        outcome = self._validated(batch, [*map(self._expect, rules), *map(self._plain, alone)])
        if together := [one for one in expected if one.of.consequence != "row"]:
            fresh_rows = self._batch(f"{source}__{entity}__news")
            _add(outcome, self._validated(fresh_rows, [self._plain(one) for one in together]))
        self._keep(entity, outcome)
        counted = {}
        for one in outcome.results:
            rule = one.expectation_config.meta["rule"]
            found = _read(one)
            if found is None:
                raise QualityRefused(
                    f"{source}.{entity}, rule {rule}: Great Expectations could not evaluate "
                    f"{one.expectation_config.type}; a gate that errs has refused, see the database server's log"
                )
            counted[rule] = found
        counted = {rule: found._replace(evaluated=fresh) if found.whole else found for rule, found in counted.items()}
        return counted, self.conditions(entity, alone)

    def conditions(self, entity: str, expected: Sequence[Expected]) -> list[Condition]:
        """Return under which conditions rows break the expectations that refuse rows, without looking at any row.

        Args:
            entity: whose rows; the gate's relation has the names and types of its table in the register.
            expected: those that the source's file adds.
        """
        if not (refusing := [one for one in expected if one.of.consequence == "row"]):
            return []
        # A condition hangs on no row (expectation_checks), but GX asks for their number first.
        nothing = SQL("select * from {} where false").format(registered(entity)).as_string()
        none = self._source().add_query_asset(name=entity, query=nothing)
        batch = none.add_batch_definition_whole_table("pull").get_batch()
        return conditions.of(batch, refusing)

    def _batch(self, table: str) -> Any:
        asset = self._source().add_table_asset(name=table, table_name=table)
        return asset.add_batch_definition_whole_table("pull").get_batch()

    def _source(self) -> Any:
        if "warehouse" not in self._sources.all():
            self._sources.add_postgres(
                name="warehouse",
                connection_string="postgresql+psycopg://login@warehouse",
                # No table is made of a query.
                create_temp_table=False,
                # Neither the password nor a bound value may show in what GX prints.
                kwargs=self._login() | {"hide_parameters": True},
            )
        return self._sources.get("warehouse")

    def _login(self) -> dict[str, Any]:
        """Return SQLAlchemy's arguments of a login that looks in staging."""
        return {"connect_args": connections.dsn("warehouse") | {"options": "-c search_path=staging"}}

    def _validated(self, batch: Any, asked: list[Any]) -> Any:
        suite = self._gx.ExpectationSuite(name=batch.data_asset.name, expectations=asked)
        return batch.validate(suite, result_format=_WITHOUT_VALUES)

    def _expect(self, rule: Rule) -> Any:
        from great_expectations import expectations

        meta = {"rule": rule.name}
        if rule.expects_null:
            return expectations.ExpectColumnValuesToBeNull(column=rule.looks_at, severity=rule.severity, meta=meta)
        return expectations.ExpectColumnValuesToNotBeNull(column=rule.looks_at, severity=rule.severity, meta=meta)

    def _plain(self, one: Expected) -> Any:
        return conditions.made(one, meta={"rule": one.of.rule})


def _add(outcome: Any, more: Any) -> None:
    """Put the results of one validation to those of another."""
    outcome.results += more.results
    outcome.success = outcome.success and more.success
    kinds = ("evaluated_expectations", "successful_expectations", "unsuccessful_expectations")
    counts = {kind: outcome.statistics[kind] + more.statistics[kind] for kind in kinds}
    percent = 100 * counts["successful_expectations"] / counts["evaluated_expectations"]
    outcome.statistics = counts | {"success_percent": percent}


def _read(one: Any) -> Counted | None:
    """Return what one of GX's results says; None where it could not be reckoned."""
    if one.exception_info.get("raised_exception") or any(
        isinstance(said, dict) and said.get("raised_exception") for said in one.exception_info.values()
    ):
        return None
    if "element_count" in one.result:
        evaluated, broken = int(one.result["element_count"] or 0), int(one.result.get("unexpected_count") or 0)
        return Counted(evaluated, broken, bool(one.success))
    if one.success is None:
        return None
    observed = one.result.get("observed_value")
    number = float(observed) if isinstance(observed, int | float) and not isinstance(observed, bool) else None
    return Counted(0, 0 if one.success else 1, bool(one.success), True, number)
