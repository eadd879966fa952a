"""The demonstration's services in London: in on the consent of all contacts, refused on consents to another country."""

from typing import Any

import psycopg

from rekisteri import demo, erasure
from tests.faults import nights


def test_what_the_manifest_lets_out_is_logged_and_its_twins_are_refused(warehouse: psycopg.Connection[Any]) -> None:
    manifest = demo.load(110, 7, nights.AS_OF)
    nights.pull("night", "crm")
    logged = dict(
        warehouse.execute(
            "select source_key, array_agg(distinct country) from register.transfer_log group by source_key"
        ).fetchall()
    )
    assert logged == {key: ["GB"] for key in manifest.transfers}
    assert len(logged) >= 2
    refused = warehouse.execute(
        "select source_key from quarantine.row where gate = 'residency' and entity = 'service'"
    ).fetchall()
    planted = [f for f in manifest.faults if f.source == "crm" and f.rule == "residency:delivered_from"]
    assert {row[0] for row in refused} == {f.source_key for f in planted}
    assert any("consents to US" in f.what for f in planted)
    erasure.plan(warehouse, nights.AS_OF)
    assert warehouse.execute("select count(*) from register.misplaced").fetchone() == (0,)
