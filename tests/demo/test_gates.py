"""The demo through both gates: every planted fault refused for its own reason, no sound row refused."""

from datetime import date
from typing import Any

import psycopg

from rekisteri import demo
from tests.faults import nights

AS_OF = date(2026, 11, 1)


def test_every_planted_fault_is_refused_for_its_own_reason_and_nothing_else(
    warehouse: psycopg.Connection[Any],
) -> None:
    manifest = demo.load(60, 7, AS_OF)
    for source in nights.SOURCES:
        nights.pull("night", source)
    planted = {(f.source, f.entity, f.source_key, f.rule) for f in manifest.faults}
    found = {
        (source, entity, key, rule)
        for source, entity, key, rules in warehouse.execute(
            "select source, entity, source_key, rules from quarantine.row"
        )
        for rule in rules
    }
    right = planted & found
    print(f"precision {len(right) / len(found):.3f}, recall {len(right) / len(planted):.3f}, {len(planted)} faults")
    assert (sorted(found - planted), sorted(planted - found)) == ([], [])
