"""Which tables a source's SELECTs read, and which of their columns they use."""

from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from rekisteri import extracts, sources
from rekisteri.origins import kind_of
from rekisteri.origins.catalog import Table
from rekisteri.sources import Source


@dataclass
class Reading:
    """What the SELECTs take of one table."""

    entities: list[str] = field(default_factory=list)
    """Those whose SELECT reads it."""
    columns: dict[str, list[str]] = field(default_factory=dict)
    """Column, in small letters, to the entities whose SELECT uses it."""

    def used_by(self, column: str | None) -> list[str]:
        """Return the entities whose SELECT uses a column; or the table, where it is None."""
        return self.entities if column is None else self.columns.get(column.lower(), [])


def tables(source: str) -> dict[Table, Reading]:
    """Return the tables and views that a source's SELECTs read, CTEs left out, and what is used of each.

    A column that a SELECT does not qualify counts as used of every table that is read beside it.

    Raises:
        PolicyError: a SELECT cannot be read.
    """
    entry, found = sources.named(source), dict[Table, Reading]()
    for entity in sources.entities(source):
        for scope in traverse_scope(extracts.parsed(source, entity)):
            here = {alias: _table(one, entry) for alias, one in scope.sources.items() if isinstance(one, exp.Table)}
            # What is no name is a function that returns rows.
            named = {alias: table for alias, table in here.items() if table.name}
            for table in named.values():
                _add(found.setdefault(table, Reading()).entities, entity)
            for column in scope.columns:
                of = [named[column.table]] if column.table in named else [] if column.table else named.values()
                for table in of:
                    _add(found[table].columns.setdefault(column.name.lower(), []), entity)
    return found


def _add(to: list[str], entity: str) -> None:
    if entity not in to:
        to.append(entity)


def _table(node: exp.Table, entry: Source) -> Table:
    return Table(_kept(node.args.get("db"), entry), _kept(node.this, entry))


def _kept(name: object, entry: Source) -> str:
    """Return a name as the source keeps it: what is not quoted is folded, but for MariaDB's and MySQL's tables."""
    if not isinstance(name, exp.Identifier):
        return ""
    return name.name if name.quoted or kind_of(entry) == "mysql" else name.name.lower()
