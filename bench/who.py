"""Who is who after a pull: what was touched, beside all; and its precision and recall on the demo.

    .venv/bin/python bench/who.py [--records 100000] [--cases 1000000] [--customers 2000]

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
_ROW = "'praecom', gen_random_uuid(), gen_random_uuid(), ''::bytea"
_COLUMNS = "controller, first_pull, changed_pull, content_hash"
FILL = (
    f"insert into register.customer (source, source_key, kind, name, y_tunnus, email, phone, {_COLUMNS}) "
    "select s, n::text, 'company', 'Koivu ' || n || ' Oy', n || '-7', 'info@f' || n || '.example', '+3581' || n, "
    f"{_ROW} from unnest(array['billing', 'crm']) as s, generate_series(1, %(records)s / 10) as n",
    f"insert into register.person (source, source_key, full_name, email, phone, {_COLUMNS}) "
    "select s, n::text, case s when 'crm' then 'Matti Heikki Virtanen' || n else 'Virtanen' || n || ', Matti Heikki' "
    "end, 'matti.' || n || '@f' || n %% 997 || '.example', '+35850' || case s when 'crm' then n else n / 2 end, "
    f"{_ROW} from unnest(array['crm', 'service_desk']) as s, generate_series(1, %(records)s * 4 / 10) as n",
    f'insert into register."case" (source, source_key, customer_key, opened_at, category, severity, {_COLUMNS}) '
    "select 'service_desk', n::text, (n %% 1000)::text, now(), 'network', 'low', "
    f"{_ROW} from generate_series(1, %(cases)s) as n",
)
EDIT = (
    "update register.person set email = 'new.' || email where source = 'crm' and source_key::int <= %(changed)s / 2",
    "update register.person set phone = '+358401' || source_key where source = 'service_desk' "
    "and source_key::int > 1000 and source_key::int <= 1000 + %(changed)s / 2",
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


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("records", 100_000), ("cases", 1_000_000)):
        asked.add_argument(f"--{name}", type=int, default=default)
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
            with connections.connect("warehouse", autocommit=True) as conn:
                speed(conn, given.records, given.cases)
        finally:
            life.clean(home)


if __name__ == "__main__":
    main()
