"""Laws of a pull, on sources of any content: nothing lost, nothing doubled, the same again, erased stays erased."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import psycopg
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from rekisteri import erasure
from rekisteri.model import ENTITIES
from rekisteri.nights import erasing, ingest
from tests.pull.conftest import NIGHT, TABLES, Shop

Row = dict[str, str | None]
Source = dict[str, list[Row]]
Connection = psycopg.Connection[Any]
TABLE_OF = {"customer": "client", "contract": "deal", "service": "line"}
FEW = {
    "deadline": None,
    "derandomize": True,
    "database": None,
    # Shrinking takes many more nights; a failing example is printed as it was found.
    "phases": (Phase.explicit, Phase.generate),
    "suppress_health_check": list(HealthCheck),
}

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
KEYS = [str(n) for n in range(30)] + ["\u00e4\u0308", "0x1F", " 1", "1 ", "\\N", "\u202e5", "\u4e00"]
SOUND: dict[str, Row] = {
    "client": {"kind": "company", "label": "Yhtiö", "bid": None, "mail": None, "tel": None, "since": "1.2.2020"},
    "deal": {"ref": "S-1", "sort": "cloud", "starts": "1.3.2020", "ends": None},
    "line": {"what": "levytila", "opened": "1.3.2020", "cloud": None, "region": None},
}
ODD: dict[str, list[str | None]] = {
    "kind": ["person", "guild", "", None],
    "bid": ["2108420-7", "21084207", "0112038-9", "2108420-8"],
    "mail": ["a@example.com", "B@Example.COM", "maija@", "ä@example.com", ""],
    "tel": ["011 123 4567", "+358 11 123 4568", "soita", "131052-308T"],
    "since": ["29.2.2024", "31.2.2024", "0000-00-00", "", None],
    "sort": ["support", "okänd", None],
    "starts": ["30.2.2020", None],
    "ends": ["1.1.2024", "ei"],
    "opened": ["1.4.2021", "eilen", None],
    "cloud": ["aws", "azure", "omapilvi"],
    "region": ["Suomi", "eu-north-1", "eu-west-2", "EU"],
}
PARENTS = {"deal": "client", "line": "deal"}


def _odd(table: str) -> st.SearchStrategy[Row]:
    """Cells to put into a sound row: sound ones, faults, texts of any characters."""
    cell = st.sampled_from(sorted(SOUND[table])).flatmap(
        lambda name: st.tuples(st.just(name), st.sampled_from(ODD[name]) if name in ODD else TEXT | st.none())
    )
    return st.just({}) | st.lists(cell, max_size=2).map(dict)


@st.composite
def rows(draw: st.DrawFn, table: str, parents: list[str | None]) -> list[Row]:
    """Rows of a table: mostly sound, some with a faulty or missing cell, some of a key given twice, or of no key."""
    made = []
    for key in draw(st.lists(st.sampled_from([*KEYS, None]), max_size=7)):
        row = {"no": key, **SOUND[table], **draw(_odd(table))}
        if table in PARENTS:
            row[PARENTS[table]] = draw(st.sampled_from([*parents, *parents, "99", None]))
        made.append(row)
    return made


@st.composite
def sources(draw: st.DrawFn) -> Source:
    """A whole source of any content."""
    made: Source = {}
    for table in TABLES:
        parent = made.get(PARENTS.get(table, ""), [])
        made[table] = draw(rows(table, [row["no"] for row in parent]))
    return made


@st.composite
def edited(draw: st.DrawFn, source: Source) -> Source:
    """A source after a day's work in it: rows gone, changed and added."""
    made: Source = {}
    for table, given_rows in source.items():
        changed = []
        for row in given_rows:
            what = draw(st.sampled_from(["stays", "stays", "changes", "goes"]))
            if what != "goes":
                changed.append(row | draw(_odd(table)) if what == "changes" else row)
        parent = made.get(PARENTS.get(table, ""), [])
        made[table] = changed + draw(rows(table, [row["no"] for row in parent]))[:3]
    return made


def _fill(shop: Shop, source: Source) -> None:
    for table, rows in source.items():
        shop.conn.execute(f"truncate {table}")
        for row in rows:
            shop._add(table, row)


def _empty(admin: Connection) -> None:
    tables = [f'register."{entity}"' for entity in ENTITIES]
    tables += ["quarantine.row", "vault.row_tombstone", "vault.identifier_tombstone", "vault.pseudonym"]
    tables += ["register.subject_link", "register.subject", "register.subject_review", "register.erasure_item"]
    tables += [
        "quarantine.column_night",
        "register.erasure_plan",
        "staging.arrival",
        "staging.pull",
        "staging.seen",
        "staging.seen_bucket",
    ]
    admin.execute(f"truncate {', '.join(tables)} cascade")


def _register(admin: Connection) -> dict[tuple[str, str], dict[str, Any]]:
    found = {}
    for entity in TABLE_OF:
        for key, row in admin.execute(
            f"select source_key, to_jsonb(t) - array['first_pull', 'changed_pull'] from register.\"{entity}\" as t"
        ):
            found[entity, key] = row
    return found


def _quarantine(admin: Connection) -> Counter[str]:
    return Counter(
        repr(row) for row in admin.execute("select entity, source_key, gate, rules, row from quarantine.row")
    )


def _night(shop: Shop, admin: Connection, source: Source, full: bool = False) -> dict[str, dict[str, int]]:
    """Pull, and hold the books against what the source has and what the warehouse holds."""
    _fill(shop, source)
    books = shop.night(full=full, vanished=True)
    register = _register(admin)
    for entity, table in TABLE_OF.items():
        book, keys = books[entity], Counter(row["no"] for row in source[table])
        assert book["read"] + book["skipped"] == len(source[table])
        assert book["read"] == sum(book[n] for n in ("merged", "unchanged", "quarantined", "suppressed"))
        waits = Counter(
            k for (k,) in admin.execute("select source_key from quarantine.row where entity = %s", (entity,))
        )
        gone = {k for (k,) in admin.execute("select source_key from vault.row_tombstone where entity = %s", (entity,))}
        for key, times in keys.items():
            if key in gone:
                assert (entity, key) not in register
                assert not waits[key]
            elif waits[key]:
                assert waits[key] == times
            else:
                assert times == 1
                assert register[entity, str(key)]["vanished_pull"] is None
        assert set(waits) <= set(keys)
        here = {key for e, key in register if e == entity}
        present = {key for key in here if register[entity, key]["vanished_pull"] is None}
        assert present == here & set(keys)
    return books


def _changed(books: dict[str, dict[str, int]]) -> int:
    return sum(book[n] for book in books.values() for n in ("merged", "vanished", "left", "released"))


@settings(max_examples=5, **FEW)
@given(data=st.data(), first=sources(), order=st.randoms(use_true_random=False))
def test_the_laws_of_a_pull(shop: Shop, admin: Connection, data: st.DataObject, first: Source, order: Any) -> None:
    other = data.draw(edited(first))
    _empty(admin)
    _night(shop, admin, first)
    once, waiting = _register(admin), _quarantine(admin)

    assert _changed(_night(shop, admin, first)) == 0, "the same again changes something"
    assert (_register(admin), _quarantine(admin)) == (once, waiting)

    _night(shop, admin, other)
    _night(shop, admin, first)
    back = _register(admin)
    assert {at: back.get(at) for at in once} == once, "what was changed and changed back is not as it was"
    assert all(row["vanished_pull"] or row["kept_rule"] for at, row in _orphans(back, once))

    _empty(admin)
    _night(shop, admin, {table: order.sample(rows, len(rows)) for table, rows in first.items()})
    assert (_register(admin), _quarantine(admin)) == (once, waiting), "the order of the rows matters"


def _orphans(
    back: dict[tuple[str, str], dict[str, Any]], once: dict[tuple[str, str], dict[str, Any]]
) -> Iterable[tuple[tuple[str, str], dict[str, Any]]]:
    """Yield what is held beyond the first night, but for children of such a record: their parent is there now."""
    beyond = {at: row for at, row in back.items() if at not in once}
    for (entity, key), row in beyond.items():
        parent = {"contract": "customer", "service": "contract"}.get(entity)
        if parent is None or (parent, row.get(f"{parent}_key")) not in beyond:
            yield (entity, key), row


@settings(max_examples=3, **FEW)
@given(
    leaving=st.sets(st.integers(0, 5), min_size=1, max_size=4),
    later=sources(),
    spelled=st.sampled_from(["c{}@Example.com", "C{}@example.COM"]),
)
def test_erased_stays_erased(shop: Shop, admin: Connection, leaving: set[int], later: Source, spelled: str) -> None:
    _empty(admin)
    source: Source = {
        "client": [_client(f"c{n}", f"c{n}@example.com") for n in range(6)],
        "deal": [_deal(f"d{n}", f"c{n}", "1.1.2021" if n in leaving else None) for n in range(6)],
        "line": [],
    }
    _night(shop, admin, source)
    _erase(shop.warehouse)
    left = {("customer", f"c{n}") for n in leaving} | {("contract", f"d{n}") for n in leaving}
    stays = {("customer", f"c{n}") for n in set(range(6)) - leaving}
    assert left.isdisjoint(_register(admin))
    assert stays <= set(_register(admin))

    assert _night(shop, admin, source)["customer"]["read"] == 0
    assert left.isdisjoint(_register(admin))
    books = _night(shop, admin, source, full=True)
    assert (books["customer"]["suppressed"], books["contract"]["suppressed"]) == (len(leaving), len(leaving))
    assert left.isdisjoint(_register(admin))

    # The record with other contents, the person under another key, a new contract under the old customer.
    again: Source = {
        "client": [
            *later["client"],
            *(_client(f"c{n}", None) for n in range(6)),
            *(_client(f"new{n}", spelled.format(n)) for n in leaving),
        ],
        "deal": [*later["deal"], *(_deal(f"again{n}", f"c{n}", None) for n in leaving)],
        "line": later["line"],
    }
    _night(shop, admin, again)
    _night(shop, admin, source)
    held = _register(admin)
    assert left.isdisjoint(held)
    assert not {("customer", f"new{n}") for n in leaving} & set(held)
    assert not {("contract", f"again{n}") for n in leaving} & set(held)
    assert stays <= set(held)


def _client(no: str, mail: str | None) -> Row:
    return {"no": no, "kind": "person", "label": f"Asiakas {no}", "mail": mail, "since": "1.2.2020"}


def _deal(no: str, client: str, ends: str | None) -> Row:
    return {"no": no, "client": client, "ref": f"S-{no}", "sort": "cloud", "starts": "1.3.2020", "ends": ends}


def _erase(warehouse: Connection) -> None:
    pulls = warehouse.execute("select pull_id from staging.pull").fetchall()
    ingest.link_subjects(str(pulls[-1][0]))
    made = erasing.plan_erasure()
    erasure.approve(warehouse, made["checksum"], "dpo1")
    erasure.erase(warehouse, made["checksum"], NIGHT, {})
