"""Who is who after a pull: what was touched, beside all; and its precision and recall on the demo.

    .venv/bin/python bench/who.py [--records 100000] [--cases 1000000] [--customers 2000] [--seeds 1 2 ...]

Works on databases of its own on an embedded server of its own, and removes them.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

NIGHT = date(2026, 11, 1)
FILL = (
    "insert into register.customer (source, source_key, kind, name, y_tunnus, email, phone, controller, first_pull, "
    "changed_pull, content_hash) select s, n::text, 'company', 'Koivu ' || n || ' Oy', n || '-7', "
    "'info@f' || n || '.example', '+3581' || n, 'praecom', gen_random_uuid(), gen_random_uuid(), ''::bytea "
    "from unnest(array['billing', 'crm']) as s, generate_series(1, %(records)s / 10) as n",
    # Twins by name and address; every second one shares its phone with a neighbour, too.
    "insert into register.person (source, source_key, full_name, email, phone, controller, first_pull, changed_pull, "
    "content_hash) select s, n::text, case s when 'crm' then 'Matti Heikki Virtanen' || n else "
    "'Virtanen' || n || ', Matti Heikki' end, 'matti.' || n || '@f' || n %% 997 || '.example', "
    "'+35850' || case s when 'crm' then n else n / 2 end, 'praecom', gen_random_uuid(), gen_random_uuid(), ''::bytea "
    "from unnest(array['crm', 'service_desk']) as s, generate_series(1, %(records)s * 4 / 10) as n",
    'insert into register."case" (source, source_key, customer_key, opened_at, category, severity, controller, '
    "first_pull, changed_pull, content_hash) select 'service_desk', n::text, (n %% 1000)::text, now(), 'network', "
    "'low', 'praecom', gen_random_uuid(), gen_random_uuid(), ''::bytea from generate_series(1, %(cases)s) as n",
)
EDIT = (
    "update register.person set email = 'new.' || email where source = 'crm' and source_key::int <= %(changed)s / 2",
    "update register.person set phone = '+358401' || source_key where source = 'service_desk' "
    "and source_key::int > 1000 and source_key::int <= 1000 + %(changed)s / 2",
)


LOOKALIKES = (
    "select count(*) from unnest(%(pairs)s::text[][]) with ordinality as given (key, n) "
    "inner join register.subject_link as link on link.source = 'crm' and link.entity = 'person' "
    "and link.source_key = key group by (n - 1) / 2, subject_id having count(*) > 1"
)


def timed(do: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    answer = do()
    return time.perf_counter() - start, answer


def speed(conn: psycopg.Connection[Any], records: int, cases: int) -> None:
    from rekisteri import subjects

    given = {"records": records, "cases": cases, "changed": records // 100}
    for statement in FILL:
        conn.execute(statement, given)
    first, counts = timed(lambda: subjects.link(conn, NIGHT))
    print(f"{records:,} records beside {cases:,} cases; the first link: {first:.2f} s, {counts['persons']:,} persons")
    for statement in EDIT:
        conn.execute(statement, given)
    ours, counts = timed(lambda: subjects.link(conn, NIGHT))
    print(f"1 % changed: {ours:.3f} s, {counts['looked_at']:,} looked at, {counts['moved']:,} moved")
    none, _ = timed(lambda: subjects.link(conn, NIGHT))
    whole, again = timed(lambda: subjects.link(conn, NIGHT, rebuild=True))
    assert again["linked"] == again["unlinked"] == again["moved"] == 0, "the rebuild found another answer"
    print(f"nothing changed: {none * 1000:.1f} ms")
    print(f"all anew: {whole:.2f} s; 1 % is {ours / whole:.3f} x, nothing {none / whole:.4f} x")


def nearness(customers: int, seed: int) -> None:
    """Pull the demo whole and print precision and recall."""
    from rekisteri import connections, demo, extraction, merging, quality, sources
    from rekisteri.demo import truth
    from rekisteri.nights import ingest
    from rekisteri.residency import gate

    manifest = demo.load(customers, seed, NIGHT)
    steps = (extraction.extract, ingest.conform, quality.check_quality, gate.check_locations, merging.merge)
    for source in sources.read():
        pull_id = ingest.open_pull(source, NIGHT, f"bench {seed}")
        for step in (*steps, ingest.link_subjects):
            step(pull_id)
    with connections.connect("warehouse", autocommit=True) as conn:
        found = {kind: truth.judge(conn, manifest, kind) for kind in ("company", "person")}
        joined = conn.execute(LOOKALIKES, {"pairs": [pair["crm"] for pair in manifest.alike]}).fetchall()
    print(f"{customers:,} customers, seed {seed}; of {len(manifest.alike)} lookalike pairs {len(joined)} joined")
    for kind, one in found.items():
        print(
            f"  {kind}: precision {one.precision:.4f} ({one.joined - one.right:,} of {one.joined:,} pairs wrong), "
            f"recall {one.recall:.4f} ({one.true - one.right:,} of {one.true:,} missed)"
        )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("records", 100_000), ("cases", 1_000_000), ("customers", 2_000)):
        asked.add_argument(f"--{name}", type=int, default=default)
    asked.add_argument("--seeds", type=int, nargs="*", default=[20261101])
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "rekisteri"
        os.environ["REKISTERI_HOME"] = str(home)
        from rekisteri import connections, warehouse
        from rekisteri.embedded import life

        life.start_database(home)
        try:
            with connections.connect("postgres_admin", dbname="warehouse", autocommit=True) as admin:
                warehouse.prepare(admin)
            with connections.connect("postgres_admin", autocommit=True) as server:
                server.execute("create database warehouse_empty template warehouse")
            with connections.connect("warehouse", autocommit=True) as conn:
                if given.records:
                    speed(conn, given.records, given.cases)
            for seed in given.seeds:
                with connections.connect("postgres_admin", autocommit=True) as server:
                    server.execute("drop database if exists warehouse with (force)")
                    server.execute("create database warehouse template warehouse_empty")
                (home / "audit" / "heads.jsonl").unlink(missing_ok=True)
                nearness(given.customers, seed)
        finally:
            life.clean(home)


if __name__ == "__main__":
    main()
