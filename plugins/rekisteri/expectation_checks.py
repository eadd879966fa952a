"""What `rekisteri check` says of include/expectations: what GX, the model or the source's SELECT does not know."""

import difflib
from collections.abc import Iterator
from functools import partial

from rekisteri import expectation_types, expectations, extracts, paths, policy_lines, sources
from rekisteri.errors import PolicyError
from rekisteri.expectations import Expectation, KnownElsewhere
from rekisteri.model import ENTITIES, pulled_columns


def check() -> Iterator[str]:
    """Yield what is wrong with the files of expectations, a sentence each with file, line and remedy."""
    try:
        known = sources.read()
    except PolicyError:
        return  # extracts.check tells it
    for path in sorted(paths.EXPECTATIONS.glob("*")) if paths.EXPECTATIONS.is_dir() else []:
        if path.suffix != ".yaml" or path.stem not in known:
            yield (
                f"{policy_lines.at(path, 1)}: no source is called so; name it <source>.yaml after one of "
                f"{', '.join(sorted(known))}, or remove it"
            )
            continue
        try:
            yield from _of(path.stem)
        except PolicyError as error:
            yield from str(error).splitlines()


def _of(source: str) -> Iterator[str]:
    said, lines = expectations.read(source), policy_lines.read(expectations.file(source))[1]
    ties: list[tuple[str, str, int, Expectation | KnownElsewhere]]
    ties = [
        ("known_elsewhere", e, n, one) for e, listed in said.known_elsewhere.items() for n, one in enumerate(listed)
    ]
    plain: list[tuple[str, str, int, Expectation | KnownElsewhere]]
    plain = [("expectations", e, n, one) for e, listed in said.expectations.items() for n, one in enumerate(listed)]
    delivered = sources.entities(source)
    for key, entity, n, one in (*plain, *ties):
        line = policy_lines.at(expectations.file(source), lines[(key, entity, n)])
        if entity not in delivered:
            yield f"{line}: source {source!r} delivers no entity {entity!r}; name one of {', '.join(delivered)}"
            continue
        if isinstance(one, KnownElsewhere):
            found = _tie(source, entity, one)
        else:
            found = expectation_types.faults(one, partial(_lacks, source, entity))
        yield from (f"{line}: {fault}" for fault in found)


def _lacks(source: str, entity: str, column: str) -> Iterator[str]:
    selected = extracts.columns(source, entity)
    if column not in pulled_columns(ENTITIES[entity]):
        close = difflib.get_close_matches(column, selected, n=1)
        yield f"{entity} has no column {column!r}; " + (f"did you mean {close[0]!r}?" if close else "see the model")
    elif column not in selected:
        yield (
            f"{source} does not select {column!r} of {entity}; select it in "
            f"include/sql/extract/{source}/{entity}.sql, or leave this out"
        )


def _tie(source: str, entity: str, one: KnownElsewhere) -> Iterator[str]:
    yield from _lacks(source, entity, one.column)
    known = sources.read()
    if one.in_source == source or one.in_source not in known:
        others = ", ".join(sorted(set(known) - {source}))
        yield f"in_source must be another source, one of {others}, not {one.in_source!r}"
        return
    if one.in_entity not in sources.entities(one.in_source):
        yield f"source {one.in_source!r} delivers no entity {one.in_entity!r}"
        return
    if faults := list(_lacks(one.in_source, one.in_entity, one.in_column)):
        yield from faults
        return
    mine, theirs = (
        pulled_columns(ENTITIES[e]).get(c) for e, c in ((entity, one.column), (one.in_entity, one.in_column))
    )
    if mine and theirs and mine.format != theirs.format:
        yield f"{one.column} is of format {mine.format}, {one.in_column} of {theirs.format}: they never agree"
    if one.consequence == "row" and one.in_source not in known[source].after:
        yield (
            f"rows are refused by what {one.in_source} brought, so it must come first: write after: "
            f"[{one.in_source}] in include/policy/sources.yaml, sources.{source}"
        )
