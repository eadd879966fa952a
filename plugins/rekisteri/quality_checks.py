"""What quality.yaml names of sources, entities and columns that there are not: for `rekisteri check` and each pull."""

from collections.abc import Iterable, Iterator

from rekisteri import policy_lines, sources
from rekisteri.errors import PolicyError
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.origins.origin import WATERMARK
from rekisteri.quality_policy import FILE, OfSource, read


def check(source: str | None = None) -> list[str]:
    """Return what the file says of sources, entities and columns that there are not, a sentence each with its line.

    Args:
        source: look at this one only; all where left out.
    """
    said, lines, path = read(), policy_lines.read(FILE)[1], policy_lines.located(FILE)
    return [
        f"{policy_lines.at(path, lines[('sources', name, *where)])}: {fault}"
        for name, of in said.sources.items()
        if source in (None, name)
        for where, fault in _faults(name, of)
    ]


def require_sound(source: str) -> None:
    """Refuse a pull whose limits have a fault, before anything is contacted.

    Raises:
        PolicyError: with every fault, a line each.
    """
    if faults := check(source):
        raise PolicyError("\n".join(faults))


def _faults(source: str, of: OfSource) -> Iterator[tuple[policy_lines.Where, str]]:
    known = sources.read()
    if source not in known:
        yield (), f"no source {source!r}; name one of {', '.join(sorted(known))}, or leave it out"
        return
    # Brings in the SQL parser, which a check of rows does not need.
    from rekisteri import extracts

    delivered = {entity: extracts.aliases(source, entity) for entity in sources.entities(source)}
    for n, fresh in enumerate(of.fresh):
        if fresh.entity not in delivered:
            yield ("fresh", n), _no_entity(source, fresh.entity, delivered)
        elif (moments := _moments(fresh.entity, delivered[fresh.entity])) and fresh.column not in moments:
            named, here = fresh.column or WATERMARK, ", ".join(one or WATERMARK for one in moments)
            yield ("fresh", n), f"{source}.{fresh.entity} selects no moment {named!r}; name one of {here}"
        elif not moments:
            yield ("fresh", n), f"{source}.{fresh.entity} selects no moment at all; name another entity"
    for entity, said in of.entities.items():
        if entity not in delivered:
            yield ("entities", entity), _no_entity(source, entity, delivered)
        for column in sorted(set(said.may_empty) - set(delivered.get(entity, said.may_empty))):
            yield ("entities", entity), f"{source}.{entity} selects no {column!r}; leave it out of may_empty"


def _no_entity(source: str, entity: str, delivered: Iterable[str]) -> str:
    return f"source {source!r} delivers no {entity!r}; name one of {', '.join(delivered)}"


def _moments(entity: str, aliases: list[str]) -> list[str | None]:
    """Return the columns that hold a moment; None for the watermark."""
    said = pulled_columns(ENTITIES[entity])
    return [n for n in aliases if n in said and said[n].format in ("date", "timestamp")] + (
        [None] if WATERMARK in aliases else []
    )
