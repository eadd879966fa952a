"""Too much that is gone stops the pull: a SELECT that was edited must not empty the register (design rule 7)."""

import pytest

from rekisteri import audit, sources
from rekisteri.errors import QualityRefused, SourceError
from tests.pull.conftest import Shop


def _filled(shop: Shop, clients: int) -> None:
    for n in range(clients):
        shop.client(str(n))
    shop.night()


def _vanished(shop: Shop) -> int:
    return sum(row[0] is not None for row in shop.held("customer", "vanished_pull").values())


@pytest.mark.parametrize("full", [False, True], ids=["what changed", "everything"])
def test_more_than_five_percent_gone_changes_nothing(shop: Shop, full: bool) -> None:
    _filled(shop, 100)
    shop.conn.execute("delete from client where no::int < 6")
    shop.client("new")
    with pytest.raises(
        QualityRefused, match=r"shop\.customer, rule vanished: 6 of 10\d rows are gone.*accept: \[\"vanished\"\]"
    ):
        shop.night(full=full)
    assert (len(shop.held("customer")), _vanished(shop)) == (100, 0)
    assert audit.verify(shop.warehouse).intact


def test_a_person_may_accept_it(shop: Shop) -> None:
    _filled(shop, 100)
    shop.conn.execute("delete from client where no::int < 60")
    with pytest.raises(QualityRefused, match="60 of 100 rows"):
        shop.night()
    assert shop.night(vanished=True)["customer"]["vanished"] == 60
    assert (len(shop.held("customer")), _vanished(shop)) == (100, 60)


@pytest.mark.parametrize(("clients", "gone"), [(100, 5), (6, 5)], ids=["five percent", "five of a few"])
def test_few_may_always_vanish(shop: Shop, clients: int, gone: int) -> None:
    _filled(shop, clients)
    shop.conn.execute("delete from client where no::int < %s", (gone,))
    assert shop.night()["customer"]["vanished"] == gone


def test_a_source_that_sends_other_rows_than_it_counts_proves_nothing(shop: Shop) -> None:
    _filled(shop, 400)
    select = sources.folder("shop") / "customer.sql"
    # One row fewer each time that the table is read in a transaction.
    fewer = " where no::bigint > pg_stat_get_xact_numscans('client'::regclass)\n"
    select.write_text(select.read_text(encoding="utf-8").rstrip() + fewer, encoding="utf-8")
    with pytest.raises(SourceError, match=r"customer\.sql: the source counted \d+ rows and sent \d+"):
        shop.night()
    assert (len(shop.held("customer")), _vanished(shop)) == (400, 0)
