"""A source that suddenly sends a tenth, or ten times as much, stops its pull; the register stays as it was."""

from datetime import timedelta

import pytest

from rekisteri import audit, extraction, paths, quality
from rekisteri.errors import PolicyError, QualityRefused
from rekisteri.nights import ingest
from tests.faults.killing import killed, writes
from tests.pull.conftest import NIGHT, Shop


def _clients(shop: Shop, first: int, until: int, **more: str | None) -> None:
    row = {"kind": "company", "since": "1.2.2020"} | more
    names, places = ", ".join(row), ", ".join(["%s"] * len(row))
    shop.conn.execute(
        f"insert into client (no, label, {names}) "
        f"select n::text, 'Yhtiö ' || n, {places} from generate_series(%s::int, %s::int - 1) as n",
        [*row.values(), first, until],
    )


def _findings(shop: Shop, rule: str) -> list[tuple[str, str, str, int, bool]]:
    return shop.warehouse.execute(
        "select entity, level, severity, refused, stopped from quarantine.gate_night where rule = %s order by night",
        (rule,),
    ).fetchall()


def _audited(shop: Shop, kind: str) -> list[tuple[str | None, str, str | None]]:
    return shop.warehouse.execute(
        "select entity, rule, staff from audit.entry where kind::text = %s order by seq", (kind,)
    ).fetchall()


def test_ten_times_as_many_rows_stop_the_pull(shop: Shop) -> None:
    _clients(shop, 0, 50)
    shop.night()
    _clients(shop, 50, 600)
    with pytest.raises(
        QualityRefused,
        match=r"shop\.customer, rule volume: the source has 600 rows, and by the last night at most 500 are usual\. "
        r'See whether.*Nothing was merged.*accept: \["volume"\]',
    ):
        shop.night()
    assert len(shop.held("customer")) == 50
    assert _findings(shop, "volume") == [("customer", "pull", "critical", 101, True)]
    assert _audited(shop, "pull_stopped") == [("customer", "volume", None)]

    shop.conn.execute("delete from client where no::int >= 60")
    assert shop.night()["customer"]["inserted"] == 10, "the next good night goes through"
    assert audit.verify(shop.warehouse).intact


def test_a_tenth_stops_the_pull_also_where_none_of_it_was_ever_held(shop: Shop) -> None:
    # Refused, all of them, so that nothing can vanish from the register.
    _clients(shop, 0, 200, kind="guild")
    assert shop.night()["customer"]["quarantined"] == 200
    shop.conn.execute("delete from client where no::int >= 19")
    with pytest.raises(QualityRefused, match=r"rule volume: the source has 19 rows, and by the last night at least 20"):
        shop.night()
    assert len(shop.refused()) == 200


def test_all_that_is_wrong_is_told_at_once_and_accepted_at_once(shop: Shop) -> None:
    _clients(shop, 0, 200)
    shop.night()
    shop.conn.execute("delete from client where no::int >= 10")
    with pytest.raises(QualityRefused, match=r'rule vanished: 190 of 200.*rule volume: .*\["vanished", "volume"\]'):
        shop.night()
    assert len(shop.held("customer")) == 200
    # What vanished is what is fewer: to accept the one is enough.
    assert shop.night(accepted=["vanished"])["customer"]["vanished"] == 190


def test_a_person_lets_it_through_once_and_it_is_usual_from_then_on(shop: Shop) -> None:
    _clients(shop, 0, 50)
    shop.night()
    _clients(shop, 50, 700)
    pull_id = ingest.open_pull("shop", NIGHT, "accepted", False, ["volume"], "anna.k")
    extraction.extract(pull_id)
    assert _audited(shop, "stop_accepted") == [(None, "volume", "anna.k")]
    assert shop.night("accepted", accepted=["volume"])["customer"]["inserted"] == 650
    assert _audited(shop, "stop_accepted")[-1] == ("customer", "volume", None)
    assert _findings(shop, "volume") == [("customer", "pull", "critical", 201, False)]
    _clients(shop, 700, 1_000)
    assert shop.night()["customer"]["inserted"] == 300


def test_with_nights_enough_known_twice_as_many_stop_and_stopped_nights_teach_nothing(shop: Shop) -> None:
    _clients(shop, 0, 300)
    for n in range(7):
        shop.conn.execute("update client set label = %s where no = '1'", (f"Yhtiö {n} b",))
        shop.night(night=NIGHT + timedelta(days=n))
    _clients(shop, 300, 700)
    for n in (7, 8):
        with pytest.raises(QualityRefused, match=r"has 700 rows, and by the last 7 nights at most 600 are usual"):
            shop.night(night=NIGHT + timedelta(days=n))
    shop.conn.execute("delete from client where no::int >= 590")
    assert shop.night(night=NIGHT + timedelta(days=9))["customer"]["inserted"] == 290


def test_a_small_source_may_grow_as_it_likes(shop: Shop) -> None:
    shop.client("1")
    shop.night()
    _clients(shop, 2, 90)
    assert shop.night()["customer"]["inserted"] == 88
    assert _findings(shop, "volume") == [("customer", "pull", "critical", 0, False)]


def test_other_limits_for_one_entity(shop: Shop) -> None:
    quality_yaml = paths.POLICY / "quality.yaml"
    said = quality_yaml.read_text(encoding="utf-8").replace(
        "sources: {}", "sources: {shop: {entities: {customer: {rows: {times: 20, hard: 20, few: 5}}}}}"
    )
    quality_yaml.write_text(said, encoding="utf-8")
    _clients(shop, 0, 50)
    shop.night()
    _clients(shop, 50, 1_000)
    assert shop.night()["customer"]["inserted"] == 950
    _clients(shop, 1_000, 30_000)
    with pytest.raises(QualityRefused, match="at most 20000 are usual"):
        shop.night()


def test_killed_while_it_is_noted_the_pull_stops_the_next_time(shop: Shop) -> None:
    _clients(shop, 0, 50)
    shop.night()
    _clients(shop, 50, 700)
    pull_id = ingest.open_pull("shop", NIGHT, "killed")
    extraction.extract(pull_id)
    ingest.conform(pull_id)
    killed(lambda: quality.check_quality(pull_id), writes("quarantine.gate_night"))
    assert _findings(shop, "volume") == []
    for _ in range(2):
        with pytest.raises(QualityRefused, match="rule volume: the source has 700 rows"):
            quality.check_quality(pull_id)
    assert _findings(shop, "volume") == [("customer", "pull", "critical", 201, True)]
    assert len(shop.held("customer")) == 50


@pytest.mark.parametrize("name", ["vanish", "nulls:", "volume:rows", "total:Amount", ""])
def test_the_name_of_no_rule_is_refused_before_the_source_is_contacted(shop: Shop, name: str) -> None:
    with pytest.raises(PolicyError, match=r"accept: name 2 of 2 is no rule that stops a pull"):
        ingest.open_pull("shop", NIGHT, "typing error", False, ["nulls:email", name])
    assert shop.warehouse.execute("select count(*) from staging.pull").fetchone() == (0,)
