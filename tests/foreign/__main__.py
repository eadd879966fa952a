"""Loads a foreign system beside the warehouse of `make run`, to be onboarded by hand.

    .venv/bin/python -m tests.foreign northwind

Northwind goes into a database of its own on the embedded PostgreSQL, Pagila into a SQLite file; the connection is
added to connections.json. The CSV files are looked for in ../shared/data, or in $REKISTERI_FOREIGN_DATA.
"""

import sys

from rekisteri import paths
from rekisteri.embedded import life, secrets
from tests.foreign import systems


def main(name: str) -> None:
    """Load one system and say how it is reached."""
    home = paths.home()
    life.start_database(home)
    made = {"northwind": systems.northwind, "pagila": lambda: systems.pagila(home.resolve())}[name]()
    system = next(made)
    secrets.write(home, "connections.json", secrets.read(home, "connections.json") | {name: system.uri})
    made.close()
    print(f"{name}: loaded; connection {name!r} is in {home}/secrets/connections.json")


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in ("northwind", "pagila"):
        sys.exit("usage: python -m tests.foreign northwind|pagila")
    main(sys.argv[1])
