"""Many first rows enter before their indexes; then the table is as it was made, and nobody else may do the like."""

from typing import Any

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege, RaiseException

from rekisteri import connections, moving
from rekisteri.errors import WarehouseError
from tests.pull.conftest import Shop

INDEXES = """select index_class.relname, pg_get_indexdef(indexrelid), pg_get_constraintdef(held_by.oid)
    from pg_index inner join pg_class as index_class on indexrelid = index_class.oid
    left join pg_constraint as held_by on conindid = indexrelid and contype in ('p', 'u')
    where indrelid in ('register.customer'::regclass, 'register.contract'::regclass) order by 1"""


def test_indexes_are_built_after_many_first_rows(
    shop: Shop, admin: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "_MANY", 2)
    before = admin.execute(INDEXES).fetchall()
    oids = admin.execute("select 'register.customer_pkey'::regclass::oid").fetchone()
    for n in range(5):
        shop.client(str(n), tel="soita joskus" if n == 4 else None)
        shop.deal(f"d{n}", str(n))
    books = shop.night()
    assert [books[entity]["inserted"] for entity in ("customer", "contract")] == [4, 4]
    assert admin.execute(INDEXES).fetchall() == before
    assert admin.execute("select 'register.customer_pkey'::regclass::oid").fetchone() != oids, "none was built anew"
    assert admin.execute("select count(*) from register.unindexed").fetchone() == (0,)


def test_a_load_that_fails_leaves_the_indexes_as_they_were(
    shop: Shop, admin: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "_MANY", 2)
    before = admin.execute(INDEXES).fetchall()
    for n in range(5):
        shop.client(str(n))
    admin.execute("alter table register.customer add constraint never check (source_key <> '3')")
    with pytest.raises(WarehouseError, match="constraint never"):
        shop.night()
    assert admin.execute(INDEXES).fetchall() == before
    assert shop.held("customer") == {}


def test_indexes_of_what_holds_rows_stay(shop: Shop) -> None:
    shop.client("1")
    shop.night()
    with pytest.raises(RaiseException, match=r"register\.customer holds rows: its indexes stay"):
        shop.warehouse.execute("select register.drop_indexes('customer')")


def test_nobody_says_what_is_run_as_the_owner(warehouse: psycopg.Connection[Any]) -> None:
    with pytest.raises(InsufficientPrivilege):
        warehouse.execute(
            "insert into register.unindexed values ('customer', 'x', 'drop table register.person', false)"
        )
    with (
        connections.connect("warehouse_dpo", autocommit=True) as dpo,
        pytest.raises(InsufficientPrivilege),
    ):
        dpo.execute("select register.build_indexes('customer')")
