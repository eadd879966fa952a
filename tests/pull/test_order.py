"""A row whose parent waits, waits with it, however deep, on whatever night; and comes in on the night that it does."""

import pytest

from rekisteri import sources
from tests.pull.conftest import Shop

WAITING = {
    ("customer", "1"): ["required:name"],
    ("contract", "10"): ["reference:customer_key"],
    ("service", "100"): ["reference:contract_key"],
}


both = pytest.mark.parametrize("chain", ["by sums", "by watermark"], indirect=True)


@pytest.fixture
def chain(shop: Shop, request: pytest.FixtureRequest) -> Shop:
    """A refused customer, their contract and its service, beside a sound customer with theirs."""
    for table in ("client", "deal", "line"):
        shop.conn.execute(f"alter table {table} add changed timestamptz default now() - interval '30 days'")
    if getattr(request, "param", "by sums") == "by watermark":
        for path in sources.folder("shop").glob("*.sql"):
            path.write_text(path.read_text().replace("\nfrom", ",\n    changed as _changed_at\nfrom"))
    for no in ("1", "2"):
        shop.client(no, label=None if no == "1" else "Yhtiö")
        shop.deal(f"{no}0", no)
        shop.line(f"{no}00", f"{no}0")
    shop.night()
    assert shop.refused() == WAITING
    return shop


def _mend(shop: Shop) -> None:
    shop.conn.execute("update client set label = 'Yhtiö', changed = now() where no = '1'")


def _all_in(shop: Shop) -> None:
    assert shop.refused() == {}
    held = [sorted(shop.held(entity)) for entity in ("customer", "contract", "service")]
    assert held == [["1", "2"], ["10", "20"], ["100", "200"]]


@both
def test_all_three_come_in_on_the_night_that_mends_the_first(chain: Shop) -> None:
    _mend(chain)
    books = chain.night()
    _all_in(chain)
    assert {entity: book["released"] for entity, book in books.items()} == {"customer": 1, "contract": 1, "service": 1}
    # The others were not read again: nothing of theirs had changed.
    assert sum(book["unchanged"] for book in books.values()) <= 3


QUIET = {
    "another customer": "update client set tel = '011 123 4567', changed = now() where no = '2'",
    "the waiting service itself": "update line set what = 'levy', changed = now() where no = '100'",
    "the parent, still wrong": "update client set tel = '011 123 4567', changed = now() where no = '1'",
    "nothing": "select",
}


@both
def test_all_three_are_listed_for_as_long_as_the_first_waits(chain: Shop) -> None:
    for what, change in QUIET.items():
        chain.conn.execute(change)
        chain.night(full=what == "nothing")
        assert chain.refused() == WAITING, what
        assert sorted(chain.held("service")) == ["200"]
    _mend(chain)
    chain.night()
    _all_in(chain)


def test_what_hangs_on_a_parent_that_is_not_there_comes_in_with_it(chain: Shop) -> None:
    chain.conn.execute("delete from client where no = '1'")
    chain.night()
    assert chain.refused() == {key: rules for key, rules in WAITING.items() if key != ("customer", "1")}
    chain.client("1", changed="2020-01-01")
    chain.night()
    _all_in(chain)


def test_a_link_that_is_mended_in_the_middle_lets_in_what_hangs_on_it(chain: Shop) -> None:
    chain.conn.execute("update deal set client = '2', changed = now() where no = '10'")
    chain.night()
    assert chain.refused() == {("customer", "1"): ["required:name"]}
    assert sorted(chain.held("service")) == ["100", "200"]


def test_a_known_parent_gone_bad_keeps_its_sound_version_and_holds_no_child_back(chain: Shop) -> None:
    chain.conn.execute("update client set label = null, changed = now() where no = '2'")
    chain.line("201", "20", changed=None)
    chain.night()
    assert chain.refused() == WAITING | {("customer", "2"): ["required:name"]}
    assert sorted(chain.held("service")) == ["200", "201"]
