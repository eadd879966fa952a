"""Extracts: a source's SELECTs, checked against the model before anything runs (design rule 2)."""

from collections.abc import Iterator
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from rekisteri import paths, policy_lines, sources
from rekisteri.errors import PolicyError
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.origins.origin import WATERMARK
from rekisteri.sources import FILE, folder


def aliases(source: str, entity: str) -> list[str]:
    """Return the aliases of a source's SELECT in its order, the watermark's among them."""
    return [one.alias_or_name for one in parsed(source, entity).selects]


def columns(source: str, entity: str) -> list[str]:
    """Return the register columns that a source's SELECT delivers, in its order."""
    return [name for name in aliases(source, entity) if name != WATERMARK]


def parsed(source: str, entity: str) -> exp.Select:
    """Return a source's SELECT for one entity, taken apart.

    Raises:
        PolicyError: it is not one well-formed SELECT that only reads.
    """
    return _parse(folder(source) / f"{entity}.sql")


def first(source: str, entity: str, rows: int) -> str:
    """Return a source's SELECT narrowed to its first rows, in its own dialect; the SELECT itself stays as written."""
    outer = exp.select("*").from_("q as extract").limit(rows).sql(dialect=_dialect(source))
    return outer.replace(" q ", f" (\n{sources.select(source, entity)}\n) ", 1)


def check(source: str | None = None) -> list[str]:
    """Return what is wrong with the sources' declarations, a sentence each with file, line and remedy.

    Args:
        source: look at this one only; all where left out.
    """
    try:
        known = sources.read()
    except PolicyError as error:
        return str(error).splitlines()
    found = [f for name in known if source in (None, name) for f in _faults(name)]
    undeclared = {path.name for path in (paths.SQL / "extract").iterdir() if path.is_dir()} - set(known)
    if source is None:
        found += [
            f"include/sql/extract/{name}: no entry in include/policy/{FILE}; add one or remove the folder"
            for name in sorted(undeclared)
        ]
    return found


def blank(source: str) -> list[str]:
    """Return the SELECTs of a source that are as `source new` wrote them: nobody has said what their key is."""
    return [_where(path) for path in sorted(folder(source).glob("*.sql")) if _is_blank(path)]


def _is_blank(path: Path) -> bool:
    try:
        keys = [one for one in _parse(path).selects if one.alias_or_name == "source_key"]
    except PolicyError:
        return False
    return any(isinstance(key.unalias(), exp.Null) for key in keys)


def require_sound(source: str) -> None:
    """Refuse a source whose declaration has a fault, before anything is contacted.

    Raises:
        PolicyError: with every fault, a line each.
    """
    if faults := check(source):
        raise PolicyError("\n".join(faults))


def _faults(source: str) -> Iterator[str]:
    files = sorted(folder(source).glob("*.sql")) if folder(source).is_dir() else []
    if not files:
        line = policy_lines.read(FILE)[1].get(("sources", source), 1)
        yield (
            f"include/policy/{FILE}:{line}: source {source!r} has no SELECTs; "
            f"write include/sql/extract/{source}/<entity>.sql"
        )
    for path in files:
        try:
            yield from _select_faults(path)
        except PolicyError as error:
            yield str(error)


def _parse(path: Path) -> exp.Select:
    where = _where(path)
    try:
        statements = sqlglot.parse(path.read_text(encoding="utf-8"), dialect=_dialect(path.parent.name))
    except sqlglot.errors.ParseError as error:
        line = error.errors[0].get("line", 1) if error.errors else 1
        raise PolicyError(f"{where}:{line}: not one well-formed SELECT; mend the syntax there") from None
    found = [s for s in statements if s is not None]
    if len(found) == 1 and isinstance(found[0], exp.SetOperation):
        is_ = f"is a{'' if isinstance(found[0], exp.Union) else 'n'} {found[0].key.upper()}"
        raise PolicyError(f"{where}:{_line(found[0])}: {is_}; put it into a CTE and select from it")
    if len(found) != 1 or not isinstance(found[0], exp.Select):
        held = "no SELECT" if len(found) == 1 else f"{len(found)} statements"
        raise PolicyError(f"{where}:1: holds {held}; write exactly one SELECT")
    for node in found[0].walk():
        if isinstance(node, exp.DML | exp.Into | exp.Command | exp.Create):
            raise PolicyError(f"{where}:{_line(node)}: writes to the source; a pull only reads")
    return found[0]


def _select_faults(path: Path) -> Iterator[str]:
    where, entity = _where(path), path.stem
    if entity not in ENTITIES:
        yield f"{where}:1: the register has no entity {entity!r}; name the file after one of {', '.join(ENTITIES)}"
        return
    allowed = pulled_columns(ENTITIES[entity])
    seen: set[str] = set()
    query = _parse(path)
    for star in query.find_all(exp.Star):
        if not isinstance(star.parent, exp.Count):
            yield f"{where}:{_line(star.parent or star)}: select * takes what nobody chose; list the columns"
    for row in _whole_rows(query):
        yield (
            f"{where}:{_line(row)}: {row.name!r} names the whole row of a table, which takes what nobody chose; "
            f"write the column with its table, such as {row.name}.id"
        )
    for one in query.selects:
        name = one.alias_or_name
        if name in ("*", WATERMARK):
            continue
        if name not in allowed:
            yield (
                f"{where}:{_line(one)}: alias {name or '(none)'!r} is not a column of {entity}; "
                f"leave it out or alias it as one of {', '.join(allowed)}"
            )
        elif allowed[name].required and isinstance(one.unalias(), exp.Null):
            blank = ": not filled in yet" if name == "source_key" else ""
            yield f"{where}:{_line(one)}: required column {name!r} is null{blank}; put what the source has in its place"
        elif name in seen:
            yield f"{where}:{_line(one)}: alias {name!r} is selected twice; keep one"
        seen.add(name)
    if not any(isinstance(part, exp.From) for part in query.args.values()):
        yield f"{where}:{_line(query)}: reads from nothing; add `from` with the table or view of the source"
    for name, said in allowed.items():
        if said.required and name not in seen:
            yield f"{where}:{_line(query)}: required column {name!r} is not selected; add `... as {name}`"


def _whole_rows(query: exp.Select) -> Iterator[exp.Column]:
    """Yield the names that PostgreSQL reads as a whole row where the table has no column of that name: ``p::text``."""
    for scope in traverse_scope(query):
        tables = {alias.lower() for alias, one in scope.sources.items() if isinstance(one, exp.Table) and one.name}
        yield from (c for c in scope.columns if not c.table and c.name.lower() in tables)


def _dialect(source: str) -> str | None:
    """Return sqlglot's name of a source's dialect; None, its own, where it has none of that name."""
    entry = sources.read().get(source)
    name = entry.dialect.partition("+")[0] if entry else "postgresql"
    name = {"postgresql": "postgres", "mssql": "tsql", "mariadb": "mysql"}.get(name, name)
    return name if name in sqlglot.Dialects._value2member_map_ else None


def _line(node: exp.Expr) -> int:
    lines = [n.meta["line"] for n in node.walk() if "line" in n.meta]
    return int(lines[-1]) if isinstance(node, exp.Alias) and lines else int(min(lines, default=1))


def _where(path: Path) -> str:
    return str(path.relative_to(paths.PROJECT)) if path.is_relative_to(paths.PROJECT) else str(path)
