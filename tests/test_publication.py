"""The analyst tables: pseudonyms for identifiers, k subjects per group, nobody who is due; and the guard."""

import base64
import hashlib
import hmac
import random
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pandas as pd
import psycopg
import pytest
from psycopg import sql

from rekisteri import connections, paths, pseudonyms, publication, publication_lineage, publication_policy, statements
from rekisteri.errors import PolicyError, WarehouseError

NIGHT = date(2026, 11, 1)
PULL = UUID(int=7)
TABLES = {"persons": "person", "contracts": "customer", "cases": "customer"}
POSITIONS = (
    "toimitusjohtaja",
    "IT-päällikkö",
    "kirjanpitäjä",
    "varastovastaava",
    "office manager",
    "suunnittelija",
    None,
)
Connection = psycopg.Connection[Any]


def _record(source: str, key: str, **more: Any) -> dict[str, Any]:
    ours = {"controller": "praecom", "first_pull": PULL, "changed_pull": PULL, "content_hash": b"x"}
    return {"source": source, "source_key": key, **ours, **more}


def _load(conn: Connection, entity: str, rows: list[dict[str, Any]]) -> None:
    names = list(rows[0])
    statement = sql.SQL("insert into register.{} ({}) values ({})").format(
        sql.Identifier(entity),
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL(", ").join(map(sql.Placeholder, names)),
    )
    with conn.cursor() as cursor:
        cursor.executemany(statement, rows)


def _customer(n: int, rng: random.Random, out: dict[str, list[dict[str, Any]]]) -> None:
    day = NIGHT - timedelta(days=rng.randrange(30, 3000))
    kind = "person" if n % 10 == 0 else "company"
    out["customer"].append(
        _record("crm", f"CU{n:05}", kind=kind, name=f"Nimi{n:05} Oy", email=f"asiakas{n:05}@firma.example", phone=None)
    )
    postal = f"{rng.choice((0, 0, 0, 1, 2, 3, 3, 4, 9))}{rng.randrange(10)}{n % 10}00"
    out["address"].append(
        _record("crm", f"AD{n:05}", customer_key=f"CU{n:05}", kind="use", street=f"Katu {n:05}", postal_code=postal,
                country="FI")
    )  # fmt: skip
    for c in range(rng.randrange(1, 3)):
        ended = day + timedelta(days=20) if rng.random() < 0.2 else None
        out["contract"].append(
            _record("crm", f"CO{n:05}-{c}", customer_key=f"CU{n:05}", contract_number=f"SOP-{n:05}-{c}",
                    kind=rng.choice(("support", "cloud", "devices", "consulting")), started_on=day, ended_on=ended)
        )  # fmt: skip
    for p in range(0 if kind == "person" else rng.randrange(1, 4)):
        key = f"PE{n:05}-{p}"
        out["person"].append(
            _record("crm", key, full_name=f"Etu{n:05} Suku{p}", email=f"etu{n:05}.{p}@firma.example",
                    phone=f"+35845{n:06}{p}")
        )  # fmt: skip
        out["contact_role"].append(
            _record("crm", f"RO{key}", person_key=key, customer_key=f"CU{n:05}", position=rng.choice(POSITIONS),
                    role=rng.choice(("contact", "billing", "technical", "decision_maker", "user")))
        )  # fmt: skip
        out["user_account"].append(
            _record("crm", f"UA{key}", person_key=key, customer_key=f"CU{n:05}", user_id=f"kayttaja{n:05}{p}",
                    opened_on=day if rng.random() < 0.9 else None)
        )  # fmt: skip
    for c in range(rng.randrange(5)):
        opened = datetime(2026, 10, 31, 22, 30, tzinfo=UTC) - timedelta(days=rng.randrange(700))
        closed = opened + timedelta(hours=rng.randrange(2000)) if rng.random() < 0.8 else None
        out["case"].append(
            _record("crm", f"TI{n:05}-{c}", customer_key=f"CU{n:05}", opened_at=opened, closed_at=closed,
                    person_key=f"PE{n:05}-0" if kind == "company" and rng.random() < 0.7 else None,
                    category=rng.choice(("access", "hardware", "network", "software")),
                    severity=rng.choice(("low", "normal", "normal", "high")), title=f"Etu{n:05} soitti")
        )  # fmt: skip


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "secret", lambda name: hashlib.sha256(name.encode()).digest())


@pytest.fixture
def due(admin: Connection) -> Iterator[Connection]:
    """A stand-in for the view register.due, which a test fills as a table."""
    real = admin.execute("select to_regclass('register.due') is not null").fetchone() == (True,)
    if real:
        admin.execute("alter view register.due rename to due_set_aside")
    admin.execute("create table register.due (source text, entity text, source_key text)")
    admin.execute("grant select on register.due to rekisteri_pipeline")
    yield admin
    admin.execute("drop table register.due")
    if real:
        admin.execute("alter view register.due_set_aside rename to due")


@pytest.fixture
def register(due: Connection, warehouse: Connection) -> Connection:
    """A register of 400 customers, subjects linked, pseudonyms given."""
    rng = random.Random(5)  # noqa: S311 - made-up rows
    rows: dict[str, list[dict[str, Any]]] = {
        e: [] for e in ("customer", "address", "contract", "person", "contact_role", "user_account", "case")
    }
    for n in range(400):
        _customer(n, rng, rows)
    for entity, held in rows.items():
        _load(warehouse, entity, held)
    for entity, kind in (("person", "'person'"), ("customer", "kind")):
        warehouse.execute(
            sql.SQL(
                "with given as (select source, source_key, uuidv7() as subject_id, {} as kind from register.{}), "
                "made as (insert into register.subject (subject_id, kind) select subject_id, kind from given) "
                "insert into register.subject_link select source, {}, source_key, subject_id, 'own' from given"
            ).format(sql.SQL(kind), sql.Identifier(entity), sql.Literal(entity))
        )
    pseudonyms.assign(warehouse)
    return warehouse


def _published(conn: Connection, table: str) -> pd.DataFrame:
    cursor = conn.execute(sql.SQL("select * from analytics.{}").format(sql.Identifier(table)))
    return pd.DataFrame(cursor.fetchall(), columns=[c.name for c in cursor.description or ()])


def _pseudonym_of(conn: Connection, entity: str, key: str) -> str:
    row = conn.execute(
        "select pseudonym from vault.pseudonym join register.subject_link using (subject_id) "
        "where entity = %s and source_key = %s", (entity, key),
    ).fetchone()  # fmt: skip
    assert row
    return str(row[0])


def test_every_group_is_about_k_subjects_and_most_rows_are_there(register: Connection) -> None:
    done = {made.table: made for made in publication.publish(register, NIGHT)}
    policy = publication_policy.declared()
    for table, subject in TABLES.items():
        rows = _published(register, table)
        # Counted apart from the database's way: shuffled, empty values as a value of their own.
        rows = rows.sample(frac=1, random_state=3)
        groups = rows.groupby(list(policy.tables[table].quasi_identifiers), dropna=False)
        assert groups[subject].nunique().min() >= 5
        assert groups.ngroups > 5
        made = done[table]
        assert made.rows == len(rows)
        assert made.left_out_due == 0
        assert made.rows / (made.rows + made.left_out_small) >= 0.8


def test_groups_hold_nulls_together_and_not_with_other_values(register: Connection) -> None:
    publication.publish(register, NIGHT)
    rows = _published(register, "contracts")
    assert rows["ended"].isna().any()
    assert rows["ended"].notna().any()
    mine = ["customer_kind", "region", "kind", "started", "ended"]
    assert rows.loc[rows["ended"].isna()].groupby(mine, dropna=False)["customer"].nunique().min() >= 5


def test_a_group_of_many_rows_of_few_subjects_is_small(register: Connection) -> None:
    opened = datetime(2019, 5, 5, tzinfo=UTC)
    rare = [
        _record("crm", f"RARE{n}", customer_key="CU00001", category="billing", severity="critical", opened_at=opened,
                closed_at=None)
        for n in range(20)
    ]  # fmt: skip
    _load(register, "case", rare)
    cases = next(made for made in publication.publish(register, NIGHT) if made.table == "cases")
    assert cases.left_out_small >= 20
    assert not (_published(register, "cases")["category"] == "billing").any()


def test_no_identifier_is_in_any_published_column(register: Connection) -> None:
    publication.publish(register, NIGHT)
    held: set[str] = set()
    for entity, columns in {
        "customer": ("source_key", "name", "email"),
        "person": ("source_key", "full_name", "email", "phone"),
        "user_account": ("source_key", "user_id"),
        "contract": ("source_key", "contract_number"),
        "case": ("source_key", "title"),
        "address": ("street", "postal_code"),
    }.items():
        for column in columns:
            rows = register.execute(
                sql.SQL("select distinct {}::text from register.{}").format(
                    sql.Identifier(column), sql.Identifier(entity)
                )
            )
            held |= {row[0].lower() for row in rows if row[0]}
    held |= {str(row[0]) for row in register.execute("select subject_id from register.subject")}
    rows = [row for table in TABLES for row in _published(register, table).itertuples(index=False)]
    published = "\n".join("\t".join(map(str, row)).lower() for row in rows)
    assert "crm" not in {str(value) for row in rows for value in row}
    assert not [value for value in held if value in published]


def test_a_dictionary_attack_without_the_key_finds_nobody(register: Connection) -> None:
    publication.publish(register, NIGHT)
    tokens = {value for table, column in (*TABLES.items(), ("cases", "person"))
              for value in _published(register, table)[column].dropna()}  # fmt: skip
    known = [str(row[0]) for row in register.execute(
        "select email from register.person union all select full_name from register.person "
        "union all select source_key from register.person union all select source_key from register.customer "
        "union all select name from register.customer union all select subject_id::text from register.subject"
    )]  # fmt: skip
    wrong = hashlib.sha256(b"a guess").digest()
    assert len(tokens) > 100
    assert len(known) > 1000
    for value in known:
        for text in (value, f"email:{value}", f"analytics:{value}", f"person:{value}"):
            for tried in (hashlib.sha256(text.encode()).digest(), hmac.digest(wrong, text.encode(), "sha256")):
                letters = base64.b32encode(tried).decode().lower()[:26]
                assert not {f"p_{letters}", f"c_{letters}", tried.hex()} & tokens


def test_who_is_due_restricted_or_gone_is_left_out(register: Connection, due: Connection) -> None:
    before = {made.table: made for made in publication.publish(register, NIGHT)}
    out = {n: _pseudonym_of(register, "customer", f"CU{n:05}") for n in (1, 2, 3)}
    person = _pseudonym_of(register, "person", "PE00004-0")
    due.execute("insert into register.due values ('crm', 'customer', 'CU00001'), ('crm', 'person', 'PE00004-0')")
    register.execute("update register.customer set restricted_ground = 'kpl_2_10' where source_key = 'CU00002'")
    register.execute("update register.customer set vanished_pull = %s where source_key = 'CU00003'", (PULL,))
    after = {made.table: made for made in publication.publish(register, NIGHT)}
    for table in ("contracts", "cases"):
        assert not set(out.values()) & set(_published(register, table)["customer"])
        assert after[table].left_out_due > 0
    for table in ("persons", "cases"):
        assert person not in set(_published(register, table)["person"])
    assert after["persons"].left_out_due == 1
    for table in TABLES:
        total = [m.rows + m.left_out_due + m.left_out_small for m in (before[table], after[table])]
        assert total[0] == total[1]


def test_a_person_known_from_two_sources_comes_once_with_the_preferred_values(
    register: Connection, due: Connection
) -> None:
    (subject,) = (
        register.execute(
            "select subject_id from register.subject_link where entity = 'person' and source_key = 'PE00001-0'"
        ).fetchone()
        or ()
    )
    twin = "TWIN"
    _load(register, "person", [_record("billing", twin, full_name="Etu00001 Suku0", email=None, phone=None)])
    _load(register, "customer", [_record("billing", "B1", kind="company", name="Nimi Oy")])
    _load(
        register,
        "contact_role",
        [_record("billing", "BR", person_key=twin, customer_key="B1", role="billing", position="ostaja")],
    )
    register.execute("insert into register.subject_link values ('billing', 'person', %s, %s, 'email')", (twin, subject))
    pseudonyms.assign(register)
    register.execute("update register.contact_role set role = 'technical', position = 'kirjanpitäjä' "
                     "where person_key = 'PE00001-0'")  # fmt: skip
    statement = statements.load("publish/persons")
    bound = {"domain": "analytics", "key_version": 1, "precedence": ["crm", "billing"]}
    mine = _pseudonym_of(register, "person", "PE00001-0")

    def row() -> list[Any]:
        return [r for r in register.execute(statement, bound) if r[0] == mine]

    assert [r[1:3] for r in row()] == [("technical", "finance")]
    bound["precedence"] = ["billing", "crm"]
    assert [r[1:3] for r in row()] == [("billing", "procurement")]
    due.execute("insert into register.due values ('billing', 'person', 'TWIN')")
    assert [(r[1], r[-1]) for r in row()] == [("technical", False)]
    due.execute("insert into register.due values ('crm', 'person', 'PE00001-0')")
    assert [(r[1], r[-1]) for r in row()] == [(None, True)]


def test_a_contract_that_two_sources_tell_of_is_one_row(register: Connection) -> None:
    before = {made.table: made for made in publication.publish(register, NIGHT)}["contracts"]
    (subject,) = (
        register.execute(
            "select subject_id from register.subject_link where entity = 'customer' and source_key = 'CU00001'"
        ).fetchone()
        or ()
    )
    _load(register, "customer", [_record("billing", "B1", kind="company", name="Nimi Oy")])
    register.execute(
        "insert into register.subject_link values ('billing', 'customer', 'B1', %s, 'y_tunnus')", (subject,)
    )
    _load(
        register,
        "contract",
        [_record("billing", "BC", customer_key="B1", contract_number="SOP-00001-0", kind="cloud", started_on=NIGHT)],
    )
    after = {made.table: made for made in publication.publish(register, NIGHT)}["contracts"]
    assert after.rows + after.left_out_small == before.rows + before.left_out_small


def test_again_gives_the_same_content_and_drops_the_earlier_version(register: Connection) -> None:
    publication.publish(register, NIGHT)
    first = {table: _published(register, table) for table in TABLES}
    second = publication.publish(register, NIGHT)
    for table in TABLES:
        pd.testing.assert_frame_equal(first[table], _published(register, table))
    names = {row[0] for row in register.execute(
        "select relname from pg_class where relnamespace = 'analytics'::regnamespace and relkind = 'r'"
    )}  # fmt: skip
    assert names == {"publication", *(f"{made.table}_{made.version}" for made in second)}


def test_a_failure_leaves_the_earlier_tables_as_they_were(register: Connection) -> None:
    publication.publish(register, NIGHT)
    first = {table: _published(register, table) for table in TABLES}
    register.execute("delete from vault.pseudonym where subject_id in (select subject_id from register.subject_link "
                     "where entity = 'customer' and source_key = 'CU00001')")  # fmt: skip
    with pytest.raises(WarehouseError, match="without pseudonym"):
        publication.publish(register, NIGHT)
    for table in TABLES:
        pd.testing.assert_frame_equal(first[table], _published(register, table))


def test_it_is_in_the_evidence(register: Connection, admin: Connection) -> None:
    done = publication.publish(register, NIGHT)
    rows = admin.execute(
        "select entity, numbers from audit.entry where kind = 'published' order by seq desc limit 3"
    ).fetchall()
    assert {entity: numbers["rows"] for entity, numbers in rows} == {made.table: made.rows for made in done}


def test_an_analyst_reads_the_views_and_nothing_else(register: Connection, admin: Connection) -> None:
    done = publication.publish(register, NIGHT)
    admin.execute("set role rekisteri_analyst")
    try:
        for table in TABLES:
            assert len(_published(admin, table)) > 0
        admin.execute("select * from analytics.publication")
        for refused in (
            *(f"select from analytics.{made.table}_{made.version}" for made in done),
            "select from register.person",
            "select from register.subject",
            "select from register.subject_link",
            "select from register.due",
            "select from vault.pseudonym",
            "select from vault.identifier_tombstone",
            "select from staging.pull",
            "select from quarantine.row",
            "select from audit.entry",
            "create table analytics.mine (a int)",
            "create view analytics.mine as select 1 as one",
            "delete from analytics.persons",
            "insert into analytics.publication (table_name, version, night) values ('x', 1, now())",
            "drop view analytics.persons",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                admin.execute(refused)
    finally:
        admin.execute("reset role")


# The guard


def test_the_project_s_own_declaration_is_sound() -> None:
    assert publication.check() == []


@pytest.fixture
def edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Edit the policy, or a SELECT, in a copy."""
    shutil.copytree(paths.POLICY, tmp_path / "policy")
    shutil.copytree(paths.SQL, tmp_path / "sql")
    monkeypatch.setattr(paths, "POLICY", tmp_path / "policy")
    monkeypatch.setattr(paths, "SQL", tmp_path / "sql")
    monkeypatch.setattr(publication_policy, "SQL", tmp_path / "sql")

    def edit(file: str, old: str, new: str) -> list[str]:
        path = tmp_path / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        statements.text.cache_clear()
        return publication.check()

    yield edit
    statements.text.cache_clear()


CASES = "sql/publish/cases.sql"
POLICY = "policy/publication.yaml"


@pytest.mark.parametrize(
    ("selected", "told"),
    [
        ("held.title as category", "made from ['case.title']"),
        ("held.category, held.title", "title: selected, but not declared"),
        ("held.category || coalesce(held.title, '') as category", "case.title"),
        ("(select p.full_name from register.person as p limit 1) as category", "person.full_name"),
        ("row_number() over (order by held.source_key) as category", "case.source_key"),
        ("*", "name each column once"),
        ("(select max(x.secret) from outside.secrets as x) as category", "outside.secrets.secret is not a column"),
    ],
)
def test_a_column_that_comes_from_elsewhere_is_refused(edited: Any, selected: str, told: str) -> None:
    faults = edited(CASES, "held.category", selected)
    assert any(told in fault for fault in faults), faults


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("from: [case.category]", "from: [case.title]", "cases.category"),
        ("opened: {treatment: generalise", "opened: {treatment: keep", "the model says generalise"),
        ("category: {treatment: keep", "category: {treatment: token", "a token comes from"),
        ("quasi_identifiers: [category,", "quasi_identifiers: [categry,", "not among its columns"),
        ("k: 5", "k: 4", "greater than or equal to 5"),
        ("  cases:\n", "  tickets:\n", "include/sql/publish/tickets.sql is missing"),
        ("k: 5\n", "k: 5\nkay: 6\n", "unknown key 'kay'"),
    ],
)  # fmt: skip
def test_a_wrong_declaration_is_refused_with_its_line(edited: Any, old: str, new: str, told: str) -> None:
    faults = edited(POLICY, old, new)
    assert any(told in fault and "publication.yaml:" in fault for fault in faults), faults


def test_a_dropped_column_is_refused_even_when_declared(edited: Any) -> None:
    edited(CASES, "held.category", "held.title as category")
    faults = edited(POLICY, "from: [case.category]", "from: [case.title]")
    assert any("the model says drop of case.title" in fault for fault in faults), faults


def test_generalise_must_do_something(edited: Any) -> None:
    faults = edited(CASES, "to_char(held.opened_at at time zone 'Europe/Helsinki', 'YYYY-MM') as opened",
                    "held.opened_at as opened")  # fmt: skip
    assert any("gives case.opened_at as it is" in fault for fault in faults), faults


def test_a_fault_stops_the_publishing(edited: Any, register: Connection) -> None:
    edited(CASES, "held.category", "held.category, held.title")
    with pytest.raises(PolicyError, match="not declared"):
        publication.publish(register, NIGHT)


def test_origins_see_through_ctes() -> None:
    assert publication_lineage.origins("persons")["position_class"].columns == {"contact_role.position"}
