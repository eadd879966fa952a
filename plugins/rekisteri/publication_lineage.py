"""From which columns each column of an analyst table's SELECT is made, read off the statement itself."""

import re
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.lineage import Node, lineage

from rekisteri.errors import PolicyError
from rekisteri.model import ENTITIES
from rekisteri.statements import text

PSEUDONYM = "vault.pseudonym.pseudonym"
_OTHERS: dict[str, dict[str, tuple[str, ...]]] = {
    "register": {
        "subject_link": ("source", "entity", "source_key", "subject_id", "rule"),
        "due": ("source", "entity", "source_key"),
    },
    "vault": {"pseudonym": ("domain", "key_version", "subject_id", "pseudonym")},
}
"""What a SELECT for analysts may read beside the register's entities."""


@dataclass(frozen=True)
class Origin:
    """The columns that a column is made from, and whether it is one of them unchanged."""

    columns: frozenset[str]
    copied: bool


def origins(table: str) -> dict[str, Origin]:
    """Return each column of include/sql/publish/<table>.sql with what it is made from.

    Raises:
        PolicyError: the file is not one SELECT that can be followed column by column.
    """
    # The parser of the statement's dialect does not know the driver's %(name)s.
    statement = re.sub(r"%\((\w+)\)s", r":\1", text(f"publish/{table}"))
    try:
        tree = sqlglot.parse_one(statement, read="postgres")
        if not isinstance(tree, exp.Select):
            raise PolicyError(f"include/sql/publish/{table}.sql must be one SELECT")
        names = tree.named_selects
        if "*" in names or len(set(names)) < len(names):
            raise PolicyError(f"include/sql/publish/{table}.sql: name each column once, and no *")
        schema = _schema()
        return {name: _origin(table, lineage(name, tree.copy(), schema=schema, dialect="postgres")) for name in names}
    except (SqlglotError, ValueError) as error:
        raise PolicyError(
            f"include/sql/publish/{table}.sql cannot be followed column by column ({type(error).__name__}); "
            "read only the register's entities, due and subject_link and vault.pseudonym, and qualify columns"
        ) from None


def _schema() -> dict[str, object]:
    # The types do not matter here, only the names.
    entities = {name: tuple(c.name for c in table.columns) for name, table in ENTITIES.items()}
    known: dict[str, dict[str, tuple[str, ...]]] = {**_OTHERS, "register": {**entities, **_OTHERS["register"]}}
    return {s: {t: dict.fromkeys(columns, "text") for t, columns in found.items()} for s, found in known.items()}


def _origin(table: str, root: Node) -> Origin:
    columns = set()
    copied = True
    for node in root.walk():
        if isinstance(node.expression, exp.Table):
            column = node.name.rsplit(".", 1)[-1].strip('"')
            name = node.expression.name
            schema = node.expression.db
            columns.add(f"{name}.{column}" if schema == "register" else f"{schema}.{name}.{column}")
        elif not node.downstream and node.expression.find(exp.Column):
            raise PolicyError(
                f"include/sql/publish/{table}.sql: column {root.name} reads what cannot be followed to a table"
            )
        elif not isinstance(node.expression.unalias(), exp.Column):
            copied = False
    return Origin(frozenset(columns), copied)
