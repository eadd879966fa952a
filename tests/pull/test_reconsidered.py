"""What waits for something that is not in its source comes in by itself, though its source has nothing new."""

from datetime import date, timedelta
from pathlib import Path

from rekisteri import connections
from tests.pull.conftest import NIGHT, Shop

ELSEWHERE = """
known_elsewhere:
  contract:
    - column: contract_number
      in_source: archive
      in_entity: contract
      in_column: contract_number
      severity: critical
      consequence: row
      why: A contract that the archive does not know has not been signed.
"""


def test_a_date_that_was_too_far_ahead_comes_in_when_its_day_is_near(shop: Shop) -> None:
    shop.client("1")
    shop.deal("10", "1", ends="1.3.2060")
    shop.night()
    assert shop.refused() == {("contract", "10"): ["future:ended_on"]}
    assert shop.night()["contract"]["merged"] == 0
    assert shop.night(night=date(2032, 1, 1))["contract"]["merged"] == 1
    assert shop.refused() == {}


def test_rows_are_read_anew_when_the_country_of_their_phones_is_said(shop: Shop, tmp_path: Path) -> None:
    policy = tmp_path / "include" / "policy" / "sources.yaml"
    text = policy.read_text(encoding="utf-8")
    policy.write_text(text.replace("    phone_country: FI\n", ""), encoding="utf-8")
    shop.client("1", tel="030 0074321")
    shop.client("2", tel="+358 11 123 4567")
    shop.night()
    assert shop.refused() == {("customer", "1"): ["format:phone"]}
    for country, number in (("DE", "+49300074321"), ("FI", "+358300074321")):
        policy.write_text(text.replace("phone_country: FI", f"phone_country: {country}"), encoding="utf-8")
        shop.night()
        assert (shop.refused(), shop.held("customer", "phone")["1"]) == ({}, (number,))


def test_a_row_comes_in_when_the_other_source_knows_it(shop: Shop, tmp_path: Path) -> None:
    policy = tmp_path / "include" / "policy" / "sources.yaml"
    archive = policy.read_text(encoding="utf-8").split("  shop:")[1].replace("Shop", "Archive")
    policy.write_text(
        policy.read_text(encoding="utf-8") + f"    after: [archive]\n  archive:{archive}", encoding="utf-8"
    )
    selects = tmp_path / "include" / "sql" / "extract" / "archive"
    selects.mkdir()
    for entity in ("customer", "contract"):
        text = (selects.parent / "shop" / f"{entity}.sql").read_text(encoding="utf-8")
        (selects / f"{entity}.sql").write_text(text.replace("from ", "from archived_"), encoding="utf-8")
    (tmp_path / "include" / "expectations" / "shop.yaml").write_text(ELSEWHERE, encoding="utf-8")
    for table in ("client", "deal"):
        shop.conn.execute(f"create table archived_{table} (like {table})")  # type: ignore[call-overload]
    shop.client("1")
    shop.deal("10", "1")
    shop.night()
    assert shop.refused() == {("contract", "10"): ["known_elsewhere:contract_number"]}
    shop.conn.execute("insert into archived_client select * from client")
    shop.conn.execute("insert into archived_deal select * from deal")
    with connections.connect("warehouse", autocommit=True) as conn:
        # As if the archive's own pull had merged it.
        conn.execute(
            "insert into register.contract (source, source_key, controller, first_pull, changed_pull, content_hash, "
            "customer_key, contract_number, kind, started_on) select 'archive', '10', 'praecom', first_pull, "
            "first_pull, '', '1', 'S-10', 'cloud', '2020-03-01' from register.customer"
        )
    assert shop.night()["contract"]["merged"] == 0, "once a night"
    assert shop.night(night=NIGHT + timedelta(1))["contract"]["merged"] == 1
    assert shop.refused() == {}
