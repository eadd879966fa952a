"""Why a row was refused for its location: the place, the case, whose consent is missing; the same as the gate's."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from rekisteri import inspection, subjects
from rekisteri.residency import misplaced, refusals
from tests.pull.conftest import Shop
from tests.register_rows import NIGHT
from tests.residency.test_consent import IN, OUT

Connection = psycopg.Connection[Any]
DAY = timedelta(days=1)


def told(conn: Connection, entity: str, key: str) -> refusals.Refusal:
    """Return what is told of a held record as if it came."""
    with conn.cursor(row_factory=dict_row) as cursor:
        statement = sql.SQL("select * from {} where source_key = %s").format(sql.Identifier("register", entity))
        row = cursor.execute(statement, (key,)).fetchone()
    assert row
    return refusals.of_record(conn, row["source"], entity, row, NIGHT, ages=False)


def refused(shop: Shop) -> refusals.Refusal:
    """Return what the officer's login is told of the one row in quarantine."""
    (row,) = (row[0] for row in shop.warehouse.execute("select quarantine_id from quarantine.row"))
    with inspection.opened() as officer:
        return refusals.of_rows(officer, [row], NIGHT)[row]


@pytest.fixture
def cases(warehouse: Connection) -> dict[str, refusals.Refusal]:
    """What the officer's login is told of every case of the consents' tests."""
    for name, build in (IN | OUT).items():
        build(warehouse, name)
    with warehouse.transaction():
        subjects.link(warehouse, NIGHT)
        misplaced.find(warehouse, NIGHT)
    entities = ("device", "service", "recording")
    found = {}
    with inspection.opened() as officer:
        for entity in entities:
            keys = [row[0] for row in warehouse.execute(f"select source_key from register.{entity}")]
            found |= {key: told(officer, entity, key) for key in keys if key in IN | OUT}
    return found


def test_whose_consent_is_missing_is_told_where_the_gate_refuses_and_only_there(
    cases: dict[str, refusals.Refusal],
) -> None:
    assert cases.keys() == (IN | OUT).keys()
    nobody = "Nothing at the source ties a person to it"
    for name, one in cases.items():
        if name in IN:
            assert one.missing == (), name
            assert "let" in one.remedy, name
        else:
            assert one.missing or one.country is None or one.remedy.startswith(nobody), name
    assert cases["inside"].case == "inside by now"


def test_each_reason_is_told(cases: dict[str, refusals.Refusal]) -> None:
    why = {name: [missing.why for missing in one.missing] for name, one in cases.items()}
    assert why["none"] == why["another-persons"] == ["none"]
    assert why["other-country"] == ["another_country"]
    assert why["linked-other-country"] == ["another_country"]
    assert why["lapsed"] == ["ended"]
    assert why["not-yet"] == ["not_yet"]
    assert why["evening-before"] == why["after-midnight"] == ["withdrawn"]
    assert why["consent-vanished"] == ["gone"]
    assert why["consent-refused"] == ["refused"]
    assert why["consent-evidence-only"] == ["restricted"]
    assert "nobody_known" in why["case-gone"]
    assert why["one-of-two"] == why["company-one"] == ["none"]
    lapsed = cases["lapsed"]
    assert lapsed.missing[0].who == "person crm p-lapsed"
    assert lapsed.missing[0].told == f"the consent crm t-lapsed ended on {NIGHT - DAY}"
    assert "names US" in cases["other-country"].missing[0].told
    assert (lapsed.place, lapsed.case, lapsed.country) == ("aws eu-west-2", "outside", "GB")
    assert lapsed.because.startswith("aws eu-west-2 → Europe (London) → GB → outside since 2020-02-01 (")
    assert "A consent to United Kingdom (GB) of each who is named here lets the row in at the next pull" in (
        lapsed.remedy
    )


def test_a_place_that_no_consent_can_name_says_which_case_it_is(cases: dict[str, refusals.Refusal]) -> None:
    found = {name: (one.case, one.country, one.missing) for name, one in cases.items()}
    assert found["unknown-region"] == found["unknown-cloud"] == ("unknown", None, ())
    assert found["vague"] == ("too vague", None, ())
    assert found["undecided"] == ("not decided", None, ())
    # What nobody knows as a place may be anything: only `show --values` opens it, and that is written down.
    assert cases["unknown-region"].place is None
    assert "No consent can name" in cases["vague"].remedy


def test_a_quarantined_row_is_told_and_what_is_told_lets_it_in(consenting: Shop) -> None:
    consenting.conn.execute("insert into consent values ('c1', 'Aino', 'GB', '1.1.2024', null, null)")
    consenting.night()
    one = refused(consenting)
    assert (one.rule, one.place) == ("residency:delivered_from", "aws eu-west-2")
    assert [(missing.who, missing.why) for missing in one.missing] == [("person shop Eino", "none")]
    consenting.conn.execute("insert into consent values ('c2', 'Eino', 'GB', '1.1.2024', null, null)")
    consenting.night()
    assert consenting.refused() == {}


def test_evidence_that_is_too_old_is_told_with_its_time(consenting: Shop) -> None:
    consenting.conn.execute("insert into consent values ('c1', 'Aino', 'GB', '1.1.2024', null, null)")
    consenting.night()
    consenting.warehouse.execute("update staging.pull set started_at = started_at - interval '30 hours'")
    aino = next(one for one in refused(consenting).missing if one.who == "person shop Aino")
    assert aino.why == "evidence_too_old"
    assert "counts again once shop is pulled" in aino.told


def test_an_emptied_row_says_that_nobody_knows(consenting: Shop) -> None:
    consenting.night()
    consenting.warehouse.execute("update quarantine.row set row = null")
    assert refused(consenting).case == "emptied"
