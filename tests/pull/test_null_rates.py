"""A column that goes empty stops its pull; what is noted of a merged pull is what the register holds."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rekisteri import extraction, merging, paths, quality
from rekisteri.errors import QualityRefused
from rekisteri.nights import ingest
from rekisteri.residency import gate
from tests.faults.test_laws import FEW, SOUND, Source, _empty, _fill, edited, sources
from tests.pull.conftest import NIGHT, Shop

Connection = psycopg.Connection[Any]


def _filled(shop: Shop, clients: int) -> None:
    shop.conn.execute(
        "insert into client (no, kind, label, mail, tel, since) select n::text, 'company', 'Yhtiö ' || n, "
        "'a' || n || '@example.com', case when n %% 10 = 0 then '+358401234' || (100 + n %% 900) end, '1.2.2020' "
        "from generate_series(1, %s) as n",
        (clients,),
    )


def _noted(conn: Connection, entity: str) -> dict[str, tuple[int, int]]:
    """Return what is noted of the last merged pull: column to rows and nulls."""
    found = conn.execute(
        "select name, rows, nulls from quarantine.column_night where entity = %s and merged and pull_id = "
        "(select pull_id from quarantine.column_night where entity = %s and merged order by noted desc limit 1)",
        (entity, entity),
    )
    return {name: (rows, nulls) for name, rows, nulls in found}


def _recounted(conn: Connection, entity: str, names: list[str]) -> dict[str, tuple[int, int]]:
    found = {}
    for name in names:
        row = conn.execute(
            f"select count(*), count(*) filter (where {name} is null) from register.\"{entity}\" where source = 'shop'"
        ).fetchone()
        assert row
        found[name] = (row[0], row[1])
    return found


def test_a_column_that_goes_empty_stops_the_pull(shop: Shop) -> None:
    _filled(shop, 60)
    shop.night()
    shop.conn.execute("update client set mail = null")
    with pytest.raises(
        QualityRefused,
        match=r"shop\.customer, rule nulls:email: the column holds a value in 0 of 60 rows \(0\.0%\), and in "
        r"100\.0% when it was last merged; by the last night, less than 10\.0% is too few\. See .*accept: "
        r'\["nulls:email"\]',
    ):
        shop.night()
    assert all(mail for (mail,) in shop.held("customer", "email").values())
    assert _noted(shop.warehouse, "customer")["email"] == (60, 0)
    shop.conn.execute("update client set mail = 'b' || no || '@example.com'")
    assert shop.night()["customer"]["updated"] == 60, "the next good night goes through"


@pytest.mark.parametrize(
    "changed",
    ["label = null", "since = '2020-02-01'", "tel = null"],
    ids=["a required one", "another way to write dates", "one that few rows fill"],
)
def test_so_does_a_column_that_would_be_refused_or_was_nearly_empty(shop: Shop, changed: str) -> None:
    _filled(shop, 200)
    shop.night()
    shop.conn.execute(f"update client set {changed}")
    with pytest.raises(QualityRefused, match=r"rule nulls:(name|registered_on|phone): .* 0 of 200 rows"):
        shop.night()
    assert shop.refused() == {}


@pytest.mark.parametrize("name", ["nulls", "nulls:email"])
def test_a_person_lets_it_through_and_it_is_usual_from_then_on(shop: Shop, name: str) -> None:
    _filled(shop, 60)
    shop.night()
    shop.conn.execute("update client set mail = null where no::int > 2")
    assert shop.night(accepted=[name])["customer"]["updated"] == 58
    shop.conn.execute("update client set mail = null where no::int = 2")
    assert shop.night()["customer"]["updated"] == 1


def test_a_column_that_may_empty(shop: Shop) -> None:
    file = paths.POLICY / "quality.yaml"
    said = "sources: {shop: {entities: {customer: {may_empty: [email]}}}}"
    file.write_text(file.read_text(encoding="utf-8").replace("sources: {}", said), encoding="utf-8")
    _filled(shop, 60)
    shop.night()
    shop.conn.execute("update client set mail = null")
    assert shop.night()["customer"]["updated"] == 60


def test_with_nights_enough_known_a_fifth_of_the_rows_stops(shop: Shop) -> None:
    _filled(shop, 100)
    for n in range(7):
        shop.conn.execute("update client set label = %s where no = '1'", (f"Yhtiö {n} b",))
        shop.night(night=NIGHT + timedelta(days=n))
    shop.conn.execute("update client set mail = null where no::int <= 20")
    assert shop.night(night=NIGHT + timedelta(days=7))["customer"]["updated"] == 20
    shop.conn.execute("update client set mail = null where no::int <= 45")
    with pytest.raises(QualityRefused, match=r"55 of 100 rows .* by the last 8 nights, less than 60\.0%"):
        shop.night(night=NIGHT + timedelta(days=8))


def test_what_always_waits_in_quarantine_stops_no_pull(shop: Shop) -> None:
    """Half of the rows are never held; each night offers them again, and offers them as it did before."""
    _filled(shop, 40)
    shop.conn.execute("update client set tel = 'soita' where no::int <= 30")
    assert shop.night()["customer"]["quarantined"] == 30
    for n in range(3):
        shop.conn.execute("update client set label = %s where no = '35'", (f"Yhtiö {n} c",))
        assert shop.night(full=n == 1)["customer"]["quarantined"] == 30


def test_what_is_refused_is_offered_and_not_held(shop: Shop) -> None:
    _filled(shop, 20)
    shop.night()
    shop.conn.execute("update client set mail = 'maija@' where no = '7'")
    assert shop.night()["customer"]["quarantined"] == 1
    assert _noted(shop.warehouse, "customer")["email"] == (20, 0)
    offered = shop.warehouse.execute(
        "select max(offered), max(offered_nulls) from quarantine.column_night where name = 'email' and merged"
    ).fetchone()
    assert offered == (20, 1)


def test_small_tables_do_not_flap(shop: Shop) -> None:
    _filled(shop, 10)
    shop.night()
    shop.conn.execute("update client set mail = null")
    assert shop.night()["customer"]["updated"] == 10


def test_a_quiet_night_carries_on_what_is_known(shop: Shop) -> None:
    _filled(shop, 20)
    shop.night()
    shop.night(night=NIGHT + timedelta(days=1))
    assert _noted(shop.warehouse, "customer")["phone"] == (20, 18)
    nights = shop.warehouse.execute("select distinct night from quarantine.column_night").fetchall()
    assert len(nights) == 2


def test_a_run_that_is_run_again_counts_once(shop: Shop) -> None:
    _filled(shop, 20)
    shop.night("again")
    shop.conn.execute("update client set mail = null where no = '7'")
    shop.night("again")
    assert _noted(shop.warehouse, "customer")["email"] == (20, 1)


def test_what_a_source_takes_back_before_the_pull_is_run_again_was_never_offered(shop: Shop) -> None:
    _filled(shop, 20)
    shop.night()
    shop.conn.execute("update client set mail = null where no = '7'")
    pull_id = ingest.open_pull("shop", NIGHT, "again")
    for step in STEPS[:3]:
        step(pull_id)
    shop.conn.execute("update client set mail = 'a7@example.com' where no = '7'")
    assert shop.night("again")["customer"]["skipped"] == 20
    assert _noted(shop.warehouse, "customer")["email"] == (20, 0)


def test_a_warehouse_from_before_this_was_noted(shop: Shop, admin: Connection) -> None:
    _filled(shop, 60)
    shop.night()
    admin.execute("truncate quarantine.column_night")
    shop.night()
    assert _noted(shop.warehouse, "customer") == {}
    shop.conn.execute("update client set mail = null where no = '7'")
    shop.night()
    assert _noted(shop.warehouse, "customer")["email"] == (60, 1)


_NAMES = {"customer": ["kind", "name", "y_tunnus", "email", "phone", "registered_on"]} | {
    "contract": ["customer_key", "contract_number", "kind", "started_on", "ended_on"],
    "service": ["contract_key", "product", "opened_on", "provider", "delivered_from"],
}
ALL = ["vanished", "volume", "nulls"]
STEPS: tuple[Callable[[str], object], ...] = (
    extraction.extract, ingest.conform, quality.check_quality, gate.check_locations, merging.merge
)  # fmt: skip


@settings(max_examples=12, **FEW)
@given(data=st.data(), first=sources())
def test_what_is_noted_is_what_the_register_holds(
    shop: Shop, admin: Connection, data: st.DataObject, first: Source
) -> None:
    """The law: reckoned from what changed, rows and nulls of each column are those of a recount, whatever happened."""
    _empty(admin)
    source = first
    for n in range(4):
        _fill(shop, source)
        pull_id = ingest.open_pull("shop", NIGHT, f"law {n}", n > 0 and data.draw(st.booleans()), ALL)
        # An erasure may come between any two steps: each step lets go of the source's lock.
        at = data.draw(st.sampled_from([None, *range(len(STEPS))]))
        for step, do in enumerate(STEPS):
            if step == at:
                _erase(admin, data.draw(st.sets(st.sampled_from([row["no"] for row in source["client"]] or [None]))))
            do(pull_id)
        for entity, names in _NAMES.items():
            noted = _noted(admin, entity)
            if noted or shop.held(entity):
                assert noted == _recounted(admin, entity, names), f"{entity}, night {n}"
        source = data.draw(edited(source))


def _erase(admin: Connection, keys: set[str | None]) -> None:
    admin.execute(
        "with gone as (delete from register.customer where source_key = any(%s) returning source, source_key) "
        "insert into vault.row_tombstone (source, entity, source_key, cause, erased_on, review_on) "
        "select source, 'customer', source_key, 'erased', %s, %s from gone on conflict do nothing",
        (list(keys - {None}), NIGHT, NIGHT),
    )


@settings(max_examples=6, **FEW)
@given(data=st.data(), first=sources())
def test_what_is_offered_is_what_the_register_would_hold(
    shop: Shop, admin: Connection, data: st.DataObject, first: Source
) -> None:
    """With every row sound, what the check reckons before the merge is what the merge then leaves."""

    def sound(given: Source) -> Source:
        made: Source = {"deal": [], "line": []}
        made["client"] = list({row["no"]: row | _sound(row) for row in given["client"] if row["no"]}.values())
        return made

    def _sound(row: dict[str, str | None]) -> dict[str, str | None]:
        kept = {"kind": "person", "label": "Y", "since": "1.2.2020", "tel": None, "bid": None}
        return SOUND["client"] | kept | {"mail": "a@example.com" if row["mail"] else None}

    _empty(admin)
    source = first
    for _ in range(3):
        _fill(shop, sound(source))
        shop.night(accepted=ALL)
        offered = admin.execute(
            "select name, offered, offered_nulls, rows, nulls from quarantine.column_night where merged"
        ).fetchall()
        assert all(row[1:3] == row[3:] for row in offered)
        source = data.draw(edited(source))
