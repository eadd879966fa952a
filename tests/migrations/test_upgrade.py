"""An upgraded warehouse is like a fresh one in everything but its data, of which it loses none."""

from typing import Any

import psycopg
import pytest
from psycopg import sql

from rekisteri import audit, connections
from rekisteri import warehouse as schema
from tests import catalog

Connection = psycopg.Connection[Any]

COLUMNS = """select attrelid::regclass::text, array_agg(attname::text order by attnum)
    from pg_attribute inner join pg_class as c on c.oid = attrelid
    where attnum > 0 and not attisdropped and relkind = 'r'
        and relnamespace::regnamespace::text in ('staging', 'quarantine', 'register', 'vault', 'analytics', 'audit')
    group by attrelid"""
SEQUENCES = "select schemaname, sequencename, last_value from pg_sequences order by 1, 2"
DROPPED = {"record_id": "a number that nothing referred to: a register row is named by its source and key"}
"""Columns that a revision has dropped for good, each with its reason."""

# What a catalog must tell apart, by the kind of object in which it shows.
CHANGES = (
    ("schema", "grant usage on schema vault to rekisteri_analyst"),
    ("schema", "alter schema analytics owner to postgres"),
    ("relation", "grant select on vault.pseudonym to rekisteri_analyst"),
    ("relation", "revoke select on register.customer from rekisteri_dpo"),
    ("relation", "alter table register.customer disable row level security"),
    ("relation", "alter table staging.arrival set unlogged"),
    ("relation", "alter table staging.arrival owner to register_owner"),
    ("relation", "comment on table staging.pull is 'x'"),
    ("relation", "drop view register.due"),
    ("column", "alter table register.customer alter column name set default ''"),
    ("column", "alter table register.customer alter column name drop not null"),
    ("column", "alter table staging.pull alter column source type varchar(9)"),
    ("column", "alter table quarantine.row alter column quarantine_id drop identity"),
    ("column", "grant select (token) on vault.identifier_tombstone to rekisteri_dpo"),
    ("constraint", "alter table staging.pull drop constraint pull_state_check"),
    ("constraint", "alter table register.customer drop constraint customer_pkey"),
    ("index", "drop index register.subject_link_subject"),
    ("sequence", "alter table quarantine.row alter column quarantine_id set increment 2"),
    ("view", "create or replace view register.due as select '' as source, '' as entity, '' as source_key"),
    ("trigger", "alter table audit.entry disable trigger no_change"),
    ("rule", "create rule nothing as on delete to staging.pull do instead nothing"),
    ("policy", "drop policy dpo on register.customer"),
    ("policy", "alter policy unrestricted on register.customer using (true)"),
    ("function", "create or replace function register.name_key(name text) returns text language sql return name"),
    ("function", "alter function audit.record owner to postgres"),
    ("function", "grant execute on function audit.record to public"),
    ("type", "alter type audit.kind rename value 'erased' to 'removed'"),
    ("type", "alter domain audit.staff drop constraint is_a_staff_id"),
    (
        "event trigger",
        "create function vault.f() returns event_trigger language plpgsql as 'begin end';"
        "create event trigger t on ddl_command_end execute function vault.f()",
    ),
    ("default privilege", "alter default privileges in schema vault grant select on tables to rekisteri_analyst"),
)


def contents(conn: Connection, of: dict[str, list[str]]) -> dict[str, list[Any]]:
    """Return what tables hold in given columns, in one order."""
    found = {}
    for table, names in of.items():
        row = sql.SQL(", ").join(sql.Identifier("t", name) for name in names)
        query = sql.SQL("select jsonb_build_array({}) from " + table + " as t order by 1").format(row)
        found[table] = [row[0] for row in conn.execute(query)]
    return found


def test_an_upgraded_warehouse_is_like_a_fresh_one_and_lost_nothing(old: Connection, template: str) -> None:
    columns, published = dict(old.execute(COLUMNS).fetchall()), catalog.read(old, pipelines=True)
    columns = {table: [name for name in names if name not in DROPPED] for table, names in columns.items()}
    before = contents(old, columns)
    sequences = [row for row in old.execute(SEQUENCES) if not row[1].endswith(tuple(f"_{c}_seq" for c in DROPPED))]
    assert [table for table, rows in before.items() if not rows and not table.startswith("analytics.")] == []
    with connections.connect("warehouse", autocommit=True) as pipeline:
        audit.keep_head(pipeline)
    assert schema.prepare(old) == (("0001", None), schema.wanted())
    assert contents(old, columns) == before
    assert set(sequences) <= set(old.execute(SEQUENCES).fetchall())
    with connections.connect("postgres_admin", dbname=template, autocommit=True) as fresh:
        assert catalog.differences(catalog.read(fresh), catalog.read(old)) == []
    assert catalog.differences(published, catalog.read(old, pipelines=True)) == []
    with connections.connect("warehouse_auditor", autocommit=True) as auditor:
        assert audit.verify(auditor).intact
    with connections.connect("warehouse_analyst") as analyst:
        seen = analyst.execute("select count(*) from analytics.persons").fetchone()
        assert seen == (len(before["analytics.persons_1"]),)


@pytest.mark.parametrize(("kind", "change"), CHANGES)
def test_the_comparison_sees(kind: str, change: str, template: str) -> None:
    with (
        connections.connect("postgres_admin", dbname=template, autocommit=True) as admin,
        admin.transaction(force_rollback=True),
    ):
        before = catalog.read(admin)
        admin.execute(change)
        found = catalog.differences(before, catalog.read(admin))
    assert kind in {line[2:].split(":")[0] for line in found}
