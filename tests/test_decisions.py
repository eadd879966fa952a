"""Decisions on who is who stick: through pulls and rebuilds, against every tie, but for a plain contradiction."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from rekisteri import audit, connections, decisions, erasure, subjects
from rekisteri.cli import app
from rekisteri.decisions import Record
from rekisteri.errors import DecisionRefused
from tests.register_rows import LONG_AGO, NIGHT, add, add_contact, add_customer

Connection = psycopg.Connection[Any]
Y1, Y2 = "2108420-7", "0112038-9"
SAME = {"full_name": "Matti Virtanen", "email": "m@x.example"}


def person(key: str) -> Record:
    return Record("crm", "person", key)


@pytest.fixture
def officer(warehouse: Connection) -> Iterator[Connection]:
    """The data protection officer's own connection."""
    with connections.connect("warehouse_dpo", autocommit=True) as conn:
        yield conn


def _decide(officer: Connection, one: Record, other: Record, decision: Any, **more: Any) -> None:
    given = {"reason": "looked_at", "staff": "dpo", "decided_on": NIGHT} | more
    decisions.decide(officer, one, other, decision, **given)


def _together(conn: Connection) -> list[list[str]]:
    """Return the keys of the records of each subject."""
    return sorted(
        row[0]
        for row in conn.execute(
            "select array_agg(source_key order by source_key) from register.subject_link group by subject_id"
        )
    )


def _reviews(conn: Connection) -> set[tuple[str, str]]:
    return set(conn.execute("select source_key, rule from register.subject_review").fetchall())


def _stays(conn: Connection, wanted: list[list[str]]) -> None:
    """See that it holds now, after another pull of the records, and when all links are made anew."""
    subjects.link(conn, NIGHT)
    assert _together(conn) == wanted
    conn.execute("update register.person set changed_pull = gen_random_uuid()")
    subjects.link(conn, NIGHT)
    assert _together(conn) == wanted
    subjects.link(conn, NIGHT, rebuild=True)
    assert _together(conn) == wanted


def test_apart_sticks_and_is_taken_back(warehouse: Connection, officer: Connection) -> None:
    add(warehouse, "person", "1", **SAME)
    add(warehouse, "person", "2", **SAME)
    subjects.link(warehouse, NIGHT)
    _stays(warehouse, [["1", "2"]])
    _decide(officer, person("2"), person("1"), "apart")
    _stays(warehouse, [["1"], ["2"]])
    assert _reviews(warehouse) == set()
    decisions.forget(officer, person("1"), person("2"), staff="dpo", forgotten_on=NIGHT)
    _stays(warehouse, [["1", "2"]])
    with pytest.raises(DecisionRefused, match="nothing was decided"):
        decisions.forget(officer, person("1"), person("2"), staff="dpo", forgotten_on=NIGHT)


def test_what_two_carry_who_are_apart_ties_nobody_else(warehouse: Connection, officer: Connection) -> None:
    """The third is the first's by phone: the address, which is the second's too, does not make three of them one."""
    add(warehouse, "person", "1", **SAME, phone="+358119000001")
    add(warehouse, "person", "2", **SAME)
    add(warehouse, "person", "3", **SAME, phone="+358119000001")
    subjects.link(warehouse, NIGHT)
    _decide(officer, person("1"), person("2"), "apart")
    _stays(warehouse, [["1", "3"], ["2"]])
    assert _reviews(warehouse) == set()


def test_in_doubt_apart(warehouse: Connection, officer: Connection) -> None:
    """A third holds the two together, by an identifier of each: nobody can tell whose the third is."""
    add(warehouse, "person", "1", full_name="Matti Virtanen", phone="+358119000001")
    add(warehouse, "person", "2", full_name="Matti Virtanen", email="m@x.example")
    add(warehouse, "person", "3", **SAME, phone="+358119000001")
    subjects.link(warehouse, NIGHT)
    assert _together(warehouse) == [["1", "2", "3"]]
    _decide(officer, person("1"), person("2"), "apart")
    _stays(warehouse, [["1"], ["2"], ["3"]])
    assert _reviews(warehouse) == {(key, "decided_apart") for key in "123"}
    _decide(officer, person("3"), person("2"), "apart")
    _stays(warehouse, [["1", "3"], ["2"]])
    assert _reviews(warehouse) == set()


def test_merge_sticks_and_closes_the_review(warehouse: Connection, officer: Connection) -> None:
    add(warehouse, "person", "1", full_name="Matti Virtanen", email="m@x.example")
    add(warehouse, "person", "2", full_name="Matti J Virtanen", email="m@x.example")
    subjects.link(warehouse, NIGHT)
    assert _reviews(warehouse) == {("1", "email_unlike_names"), ("2", "email_unlike_names")}
    _decide(officer, person("1"), person("2"), "merge")
    _stays(warehouse, [["1", "2"]])
    assert _reviews(warehouse) == set()
    warehouse.execute("update register.person set email = null")
    _stays(warehouse, [["1", "2"]])
    rules = warehouse.execute("select rule, ties from register.subject_link").fetchall()
    assert rules == [("decided", ["decided"])] * 2
    _decide(officer, person("1"), person("2"), "apart")
    _stays(warehouse, [["1"], ["2"]])


def test_a_family_on_one_address_is_reviewed_until_each_two_are_decided(
    warehouse: Connection, officer: Connection
) -> None:
    for key, name in (("1", "Matti Virtanen"), ("2", "Maija Virtanen"), ("3", "Minna Virtanen")):
        add(warehouse, "person", key, full_name=name, email="perhe@x.example")
    subjects.link(warehouse, NIGHT)
    for one, other, still in (("1", "2", "123"), ("3", "1", "23"), ("2", "3", "")):
        _decide(officer, person(one), person(other), "apart")
        subjects.link(warehouse, NIGHT)
        assert _reviews(warehouse) == {(key, "email_unlike_names") for key in still}


def test_a_merge_that_contradicts_is_refused(warehouse: Connection, officer: Connection) -> None:
    add(warehouse, "customer", "1", kind="person", name="Matti Virtanen", email="m@x.example", y_tunnus=Y1)
    add(warehouse, "customer", "2", kind="person", name="Matti Virtanen", email="n@x.example", y_tunnus=Y2)
    add(warehouse, "person", "3", full_name="Matti Virtanen", email="n@x.example")
    add(warehouse, "customer", "4", name="Koivu Oy", y_tunnus=Y1)
    add(warehouse, "person", "5", full_name="Matti Virtanen")
    subjects.link(warehouse, NIGHT)
    first = Record("crm", "customer", "1")
    with pytest.raises(DecisionRefused, match="two Y-tunnus"):
        _decide(officer, first, person("3"), "merge")
    with pytest.raises(DecisionRefused, match="one is a company"):
        _decide(officer, person("3"), Record("crm", "customer", "4"), "merge")
    with pytest.raises(DecisionRefused, match="is not, or is named twice"):
        _decide(officer, first, person("none"), "merge")
    with pytest.raises(DecisionRefused, match="is not, or is named twice"):
        _decide(officer, first, first, "apart")
    _decide(officer, first, person("5"), "merge")
    _decide(officer, person("3"), person("5"), "apart")
    with pytest.raises(DecisionRefused, match="decided apart"):
        _decide(officer, Record("crm", "customer", "2"), person("5"), "merge")
    assert len(officer.execute("select from register.subject_decision").fetchall()) == 2


def test_a_merge_gives_way_to_a_contradiction_that_comes_later(warehouse: Connection, officer: Connection) -> None:
    for key in ("1", "2"):
        add(warehouse, "customer", key, kind="person", name="Matti Virtanen", email=f"m{key}@x.example", y_tunnus=Y1)
    subjects.link(warehouse, NIGHT)
    one, other = Record("crm", "customer", "1"), Record("crm", "customer", "2")
    _decide(officer, one, other, "merge")
    _stays(warehouse, [["1", "2"]])
    warehouse.execute("update register.customer set y_tunnus = %s where source_key = '2'", (Y2,))
    _stays(warehouse, [["1"], ["2"]])
    assert _reviews(warehouse) == {("1", "two_y_tunnus"), ("2", "two_y_tunnus")}


def test_only_approvers_decide_in_codes_and_it_is_in_the_evidence(warehouse: Connection, officer: Connection) -> None:
    add(warehouse, "person", "1", **SAME)
    add(warehouse, "person", "2", **SAME)
    subjects.link(warehouse, NIGHT)
    with pytest.raises(DecisionRefused, match="not among the approvers"):
        _decide(officer, person("1"), person("2"), "apart", staff="somebody")
    with pytest.raises(DecisionRefused, match="no free text"):
        _decide(officer, person("1"), person("2"), "apart", reason="Matti called us")
    with pytest.raises(DecisionRefused, match="merge or apart"):
        _decide(officer, person("1"), person("2"), "perhaps")
    _decide(officer, person("1"), person("2"), "apart")
    decisions.forget(officer, person("2"), person("1"), staff="dpo", forgotten_on=NIGHT)
    with pytest.raises(DecisionRefused, match="not among the approvers"):
        decisions.forget(officer, person("2"), person("1"), staff="somebody", forgotten_on=NIGHT)
    told = warehouse.execute(
        "select kind::text, source, entity, rule, staff, numbers from audit.entry where staff is not null order by seq"
    ).fetchall()
    assert told == [
        ("subject_decided", "crm", "person", "apart", "dpo", {}),
        ("subject_undecided", "crm", "person", "apart", "dpo", {}),
    ]
    assert audit.verify(officer).intact


@pytest.mark.parametrize("login", ["warehouse_analyst", "warehouse_service_desk", "warehouse_auditor"])
def test_nobody_else_sees_or_makes_decisions(warehouse: Connection, login: str) -> None:
    with connections.connect(login, autocommit=True) as conn:
        for table in ("subject_decision", "subject_identifier", "subject_touched"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(f"select from register.{table}")


def test_an_erased_record_takes_its_decisions_along(warehouse: Connection, officer: Connection) -> None:
    add_customer(warehouse, "A", LONG_AGO)
    add_customer(warehouse, "B", None)
    for key, customer in (("1", "A"), ("2", "B"), ("3", "B")):
        add_contact(warehouse, key, customer, full_name=f"Matti {key}")
    subjects.link(warehouse, NIGHT)
    _decide(officer, person("1"), person("2"), "apart")
    _decide(officer, person("3"), person("2"), "apart")
    made = erasure.plan(warehouse, NIGHT)
    erasure.approve(warehouse, made.checksum, "dpo")
    assert erasure.erase(warehouse, made.checksum, NIGHT).decisions == 1
    left = warehouse.execute("select source_key, other_key from register.subject_decision").fetchall()
    assert left == [("2", "3")]
    for table in ("subject_link", "subject_identifier"):
        assert warehouse.execute(f"select from register.{table} where source_key in ('1', 'A')").fetchall() == []
    assert erasure.verify(warehouse, made.checksum)["erased"]


def _call(*words: str) -> tuple[int, Any]:
    answer = CliRunner().invoke(app, ["who", *words, "--json"])
    return answer.exit_code, json.loads(answer.stdout)


def test_the_command_explains_by_kinds_and_keys_without_a_value(warehouse: Connection, officer: Connection) -> None:
    add(warehouse, "person", "1", **SAME, phone="+358119000001")
    add(warehouse, "person", "2", "service_desk", full_name="Virtanen, Matti", email="m@x.example")
    add(warehouse, "customer", "1", kind="person", name="Matti Virtanen", phone="+358119000001")
    add(warehouse, "prospect", "9", full_name="Maija Virtanen", email="m@x.example", noted_on=NIGHT)
    subjects.link(warehouse, NIGHT)
    status, found = _call("crm", "1", "--entity", "person")
    assert status == 0
    (subject,) = found
    assert [tuple(record[name] for name in ("source", "entity", "source_key")) for record in subject["records"]] == [
        ("crm", "customer", "1"), ("crm", "person", "1"), ("service_desk", "person", "2"),
    ]  # fmt: skip
    assert subject["records"][1]["tied_by"] == [
        {"kind": "email+name", "with": [{"source": "service_desk", "entity": "person", "source_key": "2"}]},
        {"kind": "phone+name", "with": [{"source": "crm", "entity": "customer", "source_key": "1"}]},
    ]
    assert subject["records"][1]["reviews"] == ["email_unlike_names"]
    assert _call("crm", "1")[1] == found
    people = CliRunner().invoke(app, ["who", "crm", "9"])
    assert "nothing: it is alone" in people.stdout
    for answer in (people, CliRunner().invoke(app, ["who", "crm", "1"]), CliRunner().invoke(app, ["who", "review"])):
        assert answer.exit_code == 0
        for value in ("x.example", "Matti", "Virtanen", "virtanen", "358119"):
            assert value not in answer.stdout
    assert "e-mail + name with service_desk person 2" in " ".join(
        CliRunner().invoke(app, ["who", "crm", "1"]).stdout.split()
    )
    assert CliRunner().invoke(app, ["who", "crm", "nobody"]).exit_code == 1


def test_the_command_decides_and_carries_it_out(warehouse: Connection) -> None:
    add(warehouse, "person", "1", **SAME)
    add(warehouse, "person", "2", **SAME)
    assert _call("--rebuild")[1]["linked"] == 2
    pair = ("crm", "person", "1", "crm", "person", "2", "--staff", "dpo")
    assert _call("apart", *pair) == (0, {"decision": "apart", "joined": False, "staff": "dpo"})
    assert _together(warehouse) == [["1"], ["2"]]
    status, found = _call("review")
    assert (status, found["reviews"]) == (0, [])
    assert [(one["decision"], one["staff"]) for one in found["decisions"]] == [("apart", "dpo")]
    assert _call("crm", "1")[1][0]["decisions"] == found["decisions"]
    assert _call("merge", *pair)[1]["joined"]
    assert _call("forget", *pair)[1]["joined"]
    assert _call("apart", *pair[:-1], "somebody")[1]["error"] == "DecisionRefused"
    assert _together(warehouse) == [["1", "2"]]
    assert date.fromisoformat(found["decisions"][0]["decided_on"])
    evidence = audit.verify(warehouse)
    assert (evidence.intact, evidence.unwitnessed) == (True, 0)
