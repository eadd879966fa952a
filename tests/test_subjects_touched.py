"""Who is who, of what was touched only: it ends as if everything had been looked at, whatever changed."""

from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Rollback

from rekisteri import connections, subjects
from tests.register_rows import NIGHT, add

Connection = psycopg.Connection[Any]
Record = tuple[str, str, str]

EMAILS = (*(f"m{n}@x.example" for n in range(6)), "info@x.example", None)
PHONES = (*(f"+35811900000{n}" for n in range(6)), None)
NAMES = (*["Matti Virtanen"] * 4, "Virtanen, Matti", "Maija Virtanen", "???")
Y_TUNNUS = ("2108420-7", "0112038-9", None)
RECORDS: list[Record] = [
    (source, entity, str(key))
    for source in ("billing", "crm")
    for entity, keys in (("customer", 3), ("person", 4), ("prospect", 1))
    for key in range(keys)
]


class Change(NamedTuple):
    """What happens to a record between two nights."""

    what: str
    record: Record
    other: Record
    identifiers: dict[str, Any]


IDENTIFIERS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(("person", "person", "company")),
        "name": st.sampled_from(NAMES),
        "email": st.sampled_from(EMAILS),
        "phone": st.sampled_from(PHONES),
        "y_tunnus": st.sampled_from(Y_TUNNUS),
    }
)
CHANGES = st.builds(
    Change,
    st.sampled_from(("put", "put", "put", "remove", "merge", "apart", "forget")),
    st.sampled_from(RECORDS),
    st.sampled_from(RECORDS),
    IDENTIFIERS,
)


def _put(conn: Connection, record: Record, of: dict[str, Any]) -> None:
    source, entity, key = record
    columns = of if entity == "customer" else {"full_name": of["name"], "email": of["email"], "phone": of["phone"]}
    assigned = ", ".join(f"{name} = %({name})s" for name in columns)
    edit = f'update register."{entity}" set {assigned} where source = %(source)s and source_key = %(key)s'
    if not conn.execute(edit, columns | {"source": source, "key": key}).rowcount:
        add(conn, entity, key, source, **columns, **({"noted_on": NIGHT} if entity == "prospect" else {}))


def _decide(conn: Connection, change: Change) -> None:
    one, other = sorted((change.record, change.other))
    if one == other:
        return
    if change.what == "forget":
        conn.execute(
            "delete from register.subject_decision where (source, entity, source_key, other_source, other_entity, "
            "other_key) = (%s, %s, %s, %s, %s, %s)",
            (*one, *other),
        )
    else:
        conn.execute(
            "insert into register.subject_decision values (%s, %s, %s, %s, %s, %s, %s, 'looked_at', 'dpo', now())"
            " on conflict (source, entity, source_key, other_source, other_entity, other_key)"
            " do update set decision = excluded.decision",
            (*one, *other, change.what),
        )
    conn.execute("insert into register.subject_touched values (%s, %s, %s), (%s, %s, %s)", (*one, *other))


def _do(conn: Connection, change: Change) -> None:
    source, entity, key = change.record
    if change.what == "put":
        _put(conn, change.record, change.identifiers)
    elif change.what == "remove":
        conn.execute(f'delete from register."{entity}" where source = %s and source_key = %s', (source, key))
    elif change.what in ("merge", "apart", "forget"):
        _decide(conn, change)


def _state(conn: Connection, known: set[UUID]) -> dict[str, Any]:
    """Return who is who; a subject that was not known before is named by its records."""
    links = conn.execute(
        "select subject_id, source, entity, source_key, rule, ties from register.subject_link"
    ).fetchall()
    records: dict[UUID, list[Any]] = {}
    for subject_id, *record in links:
        records.setdefault(subject_id, []).append(record)
    return {
        "subjects": sorted((str(s) if s in known else "new", sorted(held)) for s, held in records.items()),
        "reviews": sorted(conn.execute("select * from register.subject_review").fetchall()),
        "identifiers": sorted(map(repr, conn.execute("select * from register.subject_identifier").fetchall())),
        "kinds": sorted(conn.execute(
            "select l.source, l.entity, l.source_key, s.kind from register.subject as s "
            "left join register.subject_link as l using (subject_id)"
        ).fetchall()),
    }  # fmt: skip


def _subjects(conn: Connection) -> set[UUID]:
    return {row[0] for row in conn.execute("select subject_id from register.subject")}


def _linked_anew(conn: Connection, known: set[UUID]) -> dict[str, Any]:
    with conn.transaction() as aside:
        subjects.link(conn, NIGHT, rebuild=True)
        wanted = _state(conn, known)
        raise Rollback(aside)
    return wanted


@pytest.fixture
def own_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Crowds and components that are too large come with a handful of records; and little is not much."""
    policy = subjects.Identity(shared_mailboxes=("info",), shared_records=3, largest=4)
    monkeypatch.setattr(subjects, "identity", lambda: policy)
    honest = subjects._one
    monkeypatch.setattr(
        subjects,
        "_one",
        lambda conn, name, **bound: {"much": False} if name == "is_much" else honest(conn, name, **bound),
    )


@given(
    st.fixed_dictionaries({record: IDENTIFIERS for record in RECORDS}),
    st.lists(st.lists(CHANGES, min_size=1, max_size=3), min_size=1, max_size=6),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_ends_as_if_all_had_been_looked_at(
    warehouse: Connection, own_rules: None, first: dict[Record, dict[str, Any]], nights: list[list[Change]]
) -> None:
    with warehouse.transaction() as whole:
        for record, identifiers in first.items():
            _put(warehouse, record, identifiers)
        subjects.link(warehouse, NIGHT)
        for changes in nights:
            for change in changes:
                _do(warehouse, change)
            known = _subjects(warehouse)
            wanted = _linked_anew(warehouse, known)
            subjects.link(warehouse, NIGHT)
            assert _state(warehouse, known) == wanted
        raise Rollback(whole)


def test_nothing_touched_is_nothing_done(warehouse: Connection) -> None:
    add(warehouse, "person", "1")
    assert subjects.link(warehouse, NIGHT)["linked"] == 1
    told = "select count(*) from audit.entry where kind = 'subjects_linked'"
    before = warehouse.execute(told).fetchone()
    assert not any(subjects.link(warehouse, NIGHT).values())
    assert warehouse.execute(told).fetchone() == before


def test_only_what_may_change_is_looked_at(warehouse: Connection) -> None:
    for n in range(40):
        add(warehouse, "person", str(n), full_name=f"Nimi {n // 2}", email=f"m{n // 2}@x.example")
    assert subjects.link(warehouse, NIGHT)["looked_at"] == 40
    warehouse.execute("update register.person set email = 'm3@x.example' where source_key = '0'")
    # The record, who was tied to it, and the two who share its new address.
    assert subjects.link(warehouse, NIGHT)["looked_at"] == 4
    add(warehouse, "person", "new", full_name="Nimi 9", email="m9@x.example")
    counts = subjects.link(warehouse, NIGHT)
    assert (counts["looked_at"], counts["linked"], counts["moved"]) == (3, 1, 0)


def test_other_rules_and_a_truncation_make_all_anew(warehouse: Connection, admin: Connection) -> None:
    for n in range(20):
        add(warehouse, "person", str(n), full_name=f"Nimi {n}")
    subjects.link(warehouse, NIGHT)
    warehouse.execute("update register.subject_state set fingerprint = 'of an older policy'")
    assert subjects.link(warehouse, NIGHT)["looked_at"] == 20
    assert subjects.link(warehouse, NIGHT)["looked_at"] == 0
    admin.execute("truncate register.person")
    assert subjects.link(warehouse, NIGHT)["unlinked"] == 20
    for table in ("subject", "subject_link", "subject_identifier"):
        assert warehouse.execute(f"select from register.{table}").fetchall() == []


def test_a_crowd_is_judged_on_the_whole_register(warehouse: Connection) -> None:
    """Two of a name share a switchboard with four others: when one of those leaves, it is nobody's but theirs."""
    for n in range(6):
        add(warehouse, "person", str(n), full_name="Matti Virtanen" if n < 2 else f"Nimi {n}", phone="+358119000009")
    for n in range(40):
        add(warehouse, "person", f"other {n}", full_name=f"Muu {n}")
    subjects.link(warehouse, NIGHT)
    pair = "select count(distinct subject_id) from register.subject_link where source_key in ('0', '1')"
    assert warehouse.execute(pair).fetchone() == (2,)
    warehouse.execute("update register.person set phone = null where source_key = '5'")
    assert subjects.link(warehouse, NIGHT)["looked_at"] == 6
    assert warehouse.execute(pair).fetchone() == (1,)
    add(warehouse, "person", "6", full_name="Nimi 6", phone="+358119000009")
    subjects.link(warehouse, NIGHT)
    assert warehouse.execute(pair).fetchone() == (2,)


def test_what_is_merged_meanwhile_is_neither_waited_for_nor_forgotten(warehouse: Connection) -> None:
    add(warehouse, "person", "1", email="m@x.example")
    add(warehouse, "person", "2")
    subjects.link(warehouse, NIGHT)
    warehouse.execute("set lock_timeout = '2s'")
    with connections.connect("warehouse") as merging:
        merging.execute("update register.person set email = 'm@x.example' where source_key = '2'")
        add(warehouse, "person", "3", full_name="Maija Virtanen")
        counts = subjects.link(warehouse, NIGHT)
        assert (counts["linked"], counts["moved"]) == (1, 0)
        merging.commit()
    counts = subjects.link(warehouse, NIGHT)
    assert (counts["linked"], counts["moved"]) == (0, 1)
