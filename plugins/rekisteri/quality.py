"""The quality gate: Great Expectations gives verdict and counts, SQL moves the rows, and the two must agree."""

import os
from collections.abc import Callable, Collection
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Literal

from rekisteri import audit, connections, data_docs, pull_rules, pulls
from rekisteri.errors import QualityRefused
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.pulls import Pull
from rekisteri.quarantine import deciding
from rekisteri.rules import Rule, gate_parts, rules
from rekisteri.staging import columns, registered, staged, touched
from rekisteri.statements import load

GATE = "quality"
_WITHOUT_VALUES = {
    "result_format": "BASIC",
    "partial_unexpected_count": 0,
    "exclude_unexpected_values": True,
}


def check_quality(pull_id: UUID | str) -> dict[str, int]:
    """Judge a conformed pull's rows and set the refused ones apart.

    Args:
        pull_id: the pull.

    Returns:
        Rows refused by entity; empty when the source has nothing new.

    Raises:
        QualityRefused: a rule for the whole pull is broken (pull_rules); or Great Expectations and the database count a
            rule's broken rows differently, or an expectation itself failed: a gate that errs has refused.
    """
    with pulls.opened(pull_id) as (conn, pull):
        if pull.is_past("checked"):
            return {}
        pull.require("conformed")
        pull_rules.require_sound(conn, pull)
        if not fresh_rows(conn, pull):
            pulls.reach(conn, pull, "checked")
            return {}
        counter = Counter(partial(data_docs.keep, conn, pull))
        refused: dict[str, int] = {}
        verdicts: list[audit.Entry] = []
        # In the model's order, parents first: a child's reference looks at which parents were refused.
        delivered = touched(conn, pull)
        for entity in delivered:
            asked = rules(entity, columns(conn, pull.source, entity))
            make_gate(conn, pull.source, entity, asked, delivered)
            counted = counter.count(pull.source, entity, asked)
            with conn.transaction():
                refused[entity] = _refuse(conn, pull, entity, asked, counted)
                refused[entity] += deciding.apply(conn, pull.source, entity)
            verdicts += _verdicts(pull, entity, counted)
        # All at once, with the state: killed before, the next try refuses the same rows and says so only once.
        with conn.transaction():
            pulls.reach(conn, pull, "checked")
            audit.record_many(conn, verdicts)
    return refused


def fresh_rows(conn: psycopg.Connection[Any], pull: Pull) -> int:
    """Return how many of a pull's rows are new or changed."""
    row = conn.execute(load("pull/all_fresh"), {"pull_id": pull.pull_id}).fetchone()
    return int(row[0]) if row else 0


def make_gate(
    conn: psycopg.Connection[Any], source: str, entity: str, asked: list[Rule], delivered: Collection[str]
) -> None:
    """Make the relation that the gates look at; ``delivered``: the entities of which the pull read anything."""
    conn.execute(
        load(
            "quality/gate",
            gate=staged(source, entity, "gate"),
            checked=staged(source, entity, "checked"),
            suppressed=staged(source, entity, "suppressed"),
            **gate_parts(source, entity, asked, delivered, _held(conn, source, entity)),
        )
    )


def _held(conn: psycopg.Connection[Any], source: str, entity: str) -> set[str]:
    """Return of which entities, this one and those it refers to, the register holds anything from a source."""
    said = pulled_columns(ENTITIES[entity]).values()
    found = set()
    for name in {entity, *(str(d.references) for d in said if d.references)}:
        row = conn.execute(load("quality/is_held", register=registered(name)), {"source": source}).fetchone()
        found |= {name} if row and row[0] else set()
    return found


def _refuse(
    conn: psycopg.Connection[Any], pull: Pull, entity: str, asked: list[Rule], counted: dict[str, tuple[int, int]]
) -> int:
    refused = staged(pull.source, entity, "refused")
    conn.execute(SQL("truncate {}").format(refused))
    moved = refuse(conn, pull.source, entity, GATE, asked)
    by_rule = {
        rule: int(n) for rule, n in conn.execute(load("quality/refused_by_rule", refused=refused), {"gate": GATE})
    }
    for rule, (_, broken) in counted.items():
        if by_rule.get(rule, 0) != broken:
            raise QualityRefused(
                f"{pull.source}.{entity}, rule {rule}: Great Expectations counts {broken} broken rows, the database "
                f"{by_rule.get(rule, 0)}; the pull is refused until both agree, see plugins/rekisteri/rules.py"
            )
    return moved


def _verdicts(pull: Pull, entity: str, counted: dict[str, tuple[int, int]]) -> list[audit.Entry]:
    return [
        audit.Entry(
            "rows_refused",
            pull_id=pull.pull_id,
            night=pull.night,
            source=pull.source,
            entity=entity,
            rule=rule,
            numbers={"evaluated": evaluated, "refused": broken},
        )
        for rule, (evaluated, broken) in counted.items()
        if broken
    ]


def refuse(conn: psycopg.Connection[Any], source: str, entity: str, gate: str, asked: list[Rule]) -> int:
    """Refuse, in one statement, the rows of an entity that break a rule; return how many.

    Args:
        conn: the warehouse, in a transaction.
        source: name in sources.yaml.
        entity: whose rows.
        gate: name of the gate that refuses.
        asked: the rules to hold against the rows.
    """
    broken = [SQL("case when {} then {} end").format(rule.broken(), Literal(rule.name)) for rule in asked]
    found = conn.execute(
        load(
            "quality/refuse",
            refused=staged(source, entity, "refused"),
            gate=staged(source, entity, "gate"),
            broken=SQL(",\n            ").join(broken),
            any_broken=SQL(" or ").join(rule.broken() for rule in asked),
        ),
        {"gate": gate},
    )
    return found.rowcount


class Counter:
    """Great Expectations on the warehouse, opened once per pull: it gives verdict and counts, and never a value."""

    def __init__(self, keep: Callable[[str, Any], None]) -> None:
        self._keep = keep
        os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
        # Costs seconds to import, so only a pull with something new pays for it.
        import great_expectations as gx
        from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults

        self._gx = gx
        # Nothing of GX outlives the task: no docs site in a temporary folder, which would be left behind there.
        in_memory = InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
        context = gx.get_context(mode="ephemeral", project_config=DataContextConfig(store_backend_defaults=in_memory))
        context.variables.progress_bars = {"globally": False}
        login = connections.dsn("warehouse") | {"options": "-c search_path=staging"}
        self._source = context.data_sources.add_postgres(
            name="warehouse",
            connection_string="postgresql+psycopg://login@warehouse",
            # Neither the password nor a bound value may show in what GX prints.
            kwargs={"connect_args": login, "hide_parameters": True},
        )

    def count(self, source: str, entity: str, rules: list[Rule]) -> dict[str, tuple[int, int]]:
        """Return rule to (rows evaluated, rows that break it).

        Raises:
            QualityRefused: an expectation itself failed.
        """
        asked = {rule.name: rule for rule in rules}
        asset = self._source.add_table_asset(name=f"{source}.{entity}", table_name=f"{source}__{entity}__gate")
        batch = asset.add_batch_definition_whole_table("pull").get_batch()
        suite = self._gx.ExpectationSuite(
            name=f"{source}.{entity}", expectations=[self._expect(r) for r in asked.values()]
        )
        outcome = batch.validate(suite, result_format=_WITHOUT_VALUES)
        self._keep(entity, outcome)
        counted = {}
        for one in outcome.results:
            rule = asked[one.expectation_config.meta["rule"]]
            if one.exception_info.get("raised_exception") or "element_count" not in one.result:
                raise QualityRefused(
                    f"{source}.{entity}, rule {rule.name}: Great Expectations could not evaluate "
                    f"{one.expectation_config.type}; a gate that errs has refused, see the database server's log"
                )
            counted[rule.name] = (int(one.result["element_count"] or 0), int(one.result.get("unexpected_count") or 0))
        return counted

    def _expect(self, rule: Rule) -> Any:
        from great_expectations import expectations

        meta = {"rule": rule.name}
        if rule.expects_null:
            return expectations.ExpectColumnValuesToBeNull(column=rule.looks_at, meta=meta)
        return expectations.ExpectColumnValuesToNotBeNull(column=rule.looks_at, meta=meta)
