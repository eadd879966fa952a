"""The warehouse: made once, the same when made again, and closed to whoever is not let in."""

from typing import Any

import psycopg
import pytest

from rekisteri import connections
from rekisteri import warehouse as schema
from tests import catalog


def test_prepare_again_changes_nothing(admin: psycopg.Connection[Any]) -> None:
    had = catalog.read(admin)
    before, after = schema.prepare(admin)
    assert before == after == schema.wanted()
    assert catalog.differences(had, catalog.read(admin)) == []


@pytest.mark.parametrize(
    "table", ["register.customer", "vault.pseudonym", "quarantine.row", "staging.pull", "audit.entry"]
)
def test_the_analyst_is_refused(warehouse: psycopg.Connection[Any], table: str) -> None:
    with connections.connect("warehouse_analyst") as analyst, pytest.raises(psycopg.errors.InsufficientPrivilege):
        analyst.execute(f"select * from {table}")


def test_service_desk_does_not_see_what_is_restricted(warehouse: psycopg.Connection[Any]) -> None:
    for key, ground in (("1", None), ("2", "voucher")):
        warehouse.execute(
            "insert into register.customer (source, source_key, controller, kind, name, content_hash, first_pull,"
            " changed_pull, restricted_ground) values ('crm', %s, 'praecom', 'company', 'x', '', gen_random_uuid(),"
            " gen_random_uuid(), %s)",
            (key, ground),
        )
    with connections.connect("warehouse_service_desk") as desk:
        assert desk.execute("select source_key from register.customer").fetchall() == [("1",)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            desk.execute("select * from register.invoice")
    with connections.connect("warehouse_dpo") as dpo:
        assert len(dpo.execute("select source_key from register.customer").fetchall()) == 2
