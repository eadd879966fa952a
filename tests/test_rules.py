"""Row rules beyond form and reference: the refused row beside the one that passes, in a night of three sources."""

from pathlib import Path
from typing import Any

import yaml

from tests.mirror import SOURCES, Mirror

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "cases" / "rules.yaml").read_text(encoding="utf-8")
)


def _written(changes: dict[str, Any]) -> dict[str, Any]:
    return {n: v["repeat"][0] * v["repeat"][1] if isinstance(v, dict) else v for n, v in changes.items()}


def _plant(mirror: Mirror, n: int, case: dict[str, Any], kind: str) -> list[tuple[str, str, str]]:
    planted = []
    for m, changes in enumerate(case[kind]):
        key = str(_written(changes).get("source_key", f"{kind} {n}.{m}"))
        mirror.add(case["source"], case["entity"], key, _written(changes))
        planted.append((case["source"], case["entity"], key))
    return planted


def test_each_rule_refuses_what_breaks_it_and_nothing_else(mirror: Mirror) -> None:
    refused: dict[tuple[str, str, str], list[str]] = {}
    passes = []
    for n, case in enumerate(CASES):
        for entity, key, changes in case.get("beside", []):
            mirror.add(case["source"], entity, key, changes)
        for planted in _plant(mirror, n, case, "refused"):
            refused[planted] = [case["rule"]]
        passes += _plant(mirror, n, case, "passes")
    for source in SOURCES:
        assert all(book["balanced"] for book in mirror.night(source).values())
    assert mirror.refused() == refused
    for source, entity, key in passes:
        assert key in mirror.held(source, entity), (source, entity, key)
    _then_history(mirror, refused)


def _then_history(mirror: Mirror, refused: dict[tuple[str, str, str], list[str]]) -> None:
    """What each rule found is kept, also of those that found nothing."""
    for source, entity, rule in {(s, e, rules[0]) for (s, e, _), rules in refused.items()}:
        found = mirror.warehouse.execute(
            "select level, severity, evaluated, refused, seconds > 0, stopped from quarantine.gate_night "
            "where source = %s and entity = %s and rule = %s",
            (source, entity, rule),
        ).fetchall()
        broken = sum(1 for (s, e, _), rules in refused.items() if (s, e, rules) == (source, entity, [rule]))
        assert [(f[0], f[1], f[3], f[4], f[5]) for f in found] == [("row", "critical", broken, True, False)]
        assert found[0][2] > broken
    quiet = mirror.warehouse.execute("select count(*) from quarantine.gate_night where refused = 0").fetchone()
    assert quiet is not None
    assert quiet[0] > 200


def test_a_held_record_counts_against_a_newcomer_until_it_is_gone_or_mended(mirror: Mirror) -> None:
    mirror.add("crm", "customer", "1", {"y_tunnus": "9999902-8", "name": "Harmaahaikara Oy"})
    mirror.night("crm")
    mirror.add("crm", "customer", "2", {"y_tunnus": "9999902-8", "name": "Purolaakso Oy"})
    mirror.night("crm")
    assert mirror.refused() == {("crm", "customer", "2"): ["contradiction:y_tunnus"]}
    mirror.conn.execute("update crm.customer set y_tunnus = null where source_key = '1'")
    mirror.night("crm")
    assert mirror.refused() == {}
    assert mirror.held("crm", "customer") >= {"1", "2"}


def test_a_vanished_record_does_not_count_against_a_newcomer(mirror: Mirror) -> None:
    mirror.add("crm", "customer", "1", {"y_tunnus": "9999902-8", "name": "Harmaahaikara Oy"})
    mirror.night("crm")
    mirror.conn.execute("delete from crm.customer where source_key = '1'")
    mirror.add("crm", "customer", "2", {"y_tunnus": "9999902-8", "name": "Purolaakso Oy"})
    mirror.night("crm")
    assert mirror.refused() == {}


def test_a_service_is_held_against_the_contract_as_it_is_now(mirror: Mirror) -> None:
    """The contract came on another night: what the register holds of it counts, and then its newer version."""
    mirror.add("crm", "contract", "c", {"ended_on": "2026-10-01"})
    mirror.night("crm")
    mirror.add("crm", "service", "s", {"contract_key": "c"})
    mirror.night("crm")
    assert mirror.refused() == {("crm", "service", "s"): ["ended:terminated_on"]}
    mirror.conn.execute("update crm.contract set ended_on = '2027-10-01' where source_key = 'c'")
    mirror.night("crm")
    assert mirror.refused() == {}
