"""The skeleton of a new source: its entry in sources.yaml and one SELECT per entity, for people to fill in."""

import difflib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rekisteri import controller, paths, policy_lines, sources
from rekisteri.errors import PolicyError
from rekisteri.model import ENTITIES
from rekisteri.onboarding import blank
from rekisteri.residency import sites
from rekisteri.residency.holdings import registered
from rekisteri.residency.policy import Site
from rekisteri.residency.processors import register
from rekisteri.sources import FILE, Source, folder

FIRST = ("customer", "person")
"""The entities of a skeleton that names none."""
_UNSAID = "    # phone_country: FI    # of phone numbers that name no country; without it such a number is refused\n"
"""What an entry does not say and somebody must decide."""
_LINTED = {"mysql": "mariadb", "mariadb": "mariadb", "sqlite": "sqlite", "mssql": "tsql", "oracle": "oracle"}
"""sqlfluff's names of dialects."""


@dataclass(frozen=True)
class Written:
    """What was written, as messages show it."""

    entry: str
    """File and line of the entry."""
    selects: list[str]
    left: list[str]
    """Entities that a further SELECT may deliver."""
    lacking: str | None
    """What the processor's entry lacks for the SELECTs as they were written; null where nothing."""


def write(name: str, entry: Source, wanted: Iterable[str]) -> Written:
    """Write the entry of a new source, and a SELECT to be filled in for each entity; all or nothing.

    Args:
        name: of the source.
        entry: what sources.yaml shall say of it.
        wanted: entities; ``all`` stands for every one.

    Raises:
        PolicyError: the name is taken or not well formed, or an entity is unknown.
        ResidencyRefused: its processor is not listed, or it is not inside the EU/EEA.
    """
    chosen = chosen_entities(wanted)
    if name in sources.read() or folder(name).exists():
        raise PolicyError(
            f"source {name!r} is there already, in include/policy/{FILE} or include/sql/extract/{name}; take another "
            "name, or add SELECTs to it with --add"
        )
    if entry.processor not in register().processors:
        raise PolicyError(
            f"processor {entry.processor!r} is not in include/policy/processors.yaml; add what follows, filled in:\n"
            f"  {entry.processor}:\n    name: its registered name\n    role: what it does for us\n"
            "    contract: day the processing agreement took force, such as 2024-01-31\n"
            "    storage: [countries, or cloud regions as 'provider region']\n    access: [countries]\n"
            f"    groups: {list(registered(chosen))}    # of all columns of {', '.join(chosen)}"
        )
    site = Site(processor=entry.processor, location=entry.location, provider=entry.provider)
    sites.check(sites.Declared("source", name, site, f"include/policy/{FILE}"), date.today())
    path = paths.POLICY / FILE
    before = path.read_text(encoding="utf-8")
    try:
        path.write_text(f"{before.rstrip()}\n{_entry(name, entry)}", encoding="utf-8")
        line = policy_lines.read(FILE)[1].get(("sources", name), 1)
        if sources.read().get(name) != entry:
            raise PolicyError(f"include/policy/{FILE} does not end with its sources; add the entry by hand")
        written = _write_selects(name, chosen, entry)
    except (OSError, PolicyError):
        path.write_text(before, encoding="utf-8")
        raise
    left = [e for e in ENTITIES if e not in chosen]
    return Written(policy_lines.at(path, line), written, left, _lacking(entry.processor, chosen))


def add(name: str, wanted: Iterable[str]) -> Written:
    """Write the SELECTs that an existing source lacks; those that are there stay as they are.

    Raises:
        PolicyError: there is no such source, or an entity is unknown.
    """
    entry, have = sources.named(name), sources.entities(name)
    chosen = [e for e in chosen_entities(wanted) if e not in have]
    line = policy_lines.read(FILE)[1][("sources", name)]
    written = _write_selects(name, chosen, entry)
    left = [e for e in ENTITIES if e not in (*chosen, *have)]
    return Written(policy_lines.at(paths.POLICY / FILE, line), written, left, _lacking(entry.processor, chosen))


def _lacking(processor: str, chosen: list[str]) -> str | None:
    known, needed = register(), list(registered(chosen))
    held = known.processors[processor].groups if processor in known.processors else ()
    if not (lacking := [group for group in needed if group not in held]):
        return None
    return (
        f"all columns together are of groups {_listed(needed)}, and processor {processor!r} may not hold "
        f"{_listed(lacking)}: add them to its groups in include/policy/processors.yaml if its agreement covers them, "
        "or delete their columns"
    )


def _listed(groups: list[int]) -> str:
    return ", ".join(map(str, groups))


def chosen_entities(wanted: Iterable[str]) -> list[str]:
    """Return entities in the model's order.

    Raises:
        PolicyError: one is unknown; the nearest names are suggested.
    """
    asked = list(wanted) or list(FIRST)
    for one in asked:
        if one not in ENTITIES and one != "all":
            close = difflib.get_close_matches(one, ENTITIES, n=1)
            hint = f"did you mean {close[0]!r}? It" if close else "it"
            raise PolicyError(f"the register has no entity {one!r}; {hint} has {', '.join(ENTITIES)}")
    return [e for e in ENTITIES if e in asked or "all" in asked]


def new_entry(name: str, given: dict[str, str | None]) -> Source:
    """Return the entry of a new source, with what was not given filled from the controller and the name.

    Args:
        name: of the source.
        given: fields of ``Source``.

    Raises:
        PolicyError: the name is not well formed, or a field is not; says which.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,30}", name):
        raise PolicyError(f"source name {name!r}: write lower-case letters, digits and _, a letter first, 31 at most")
    fields = {"title": name.replace("_", " ").capitalize(), "connection": name, "controller": controller.read().short}
    try:
        return Source.model_validate(fields | {k: v for k, v in given.items() if v})
    except ValueError as error:
        said = "; ".join(f"--{e['loc'][0]}: {e['msg']}" for e in error.errors())  # type: ignore[attr-defined]
        raise PolicyError(f"source {name!r}: {said}") from None


def _entry(name: str, entry: Source) -> str:
    said = entry.model_dump(exclude_none=True, exclude_defaults=True)
    # Whoever reads the entry later should see these, default or not.
    said |= {"timezone": entry.timezone}
    unsaid = "" if entry.phone_country else _UNSAID
    return f"  {name}:\n" + "".join(f"    {key}: {_scalar(value)}\n" for key, value in said.items()) + unsaid


def _scalar(value: object) -> str:
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9 ._/-]*[A-Za-z0-9]", str(value)) and str(value) not in ("null", "true")
    return str(value) if plain or not isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _write_selects(name: str, chosen: list[str], entry: Source) -> list[str]:
    texts = {f"{entity}.sql": blank.select(name, entity, entry) for entity in chosen}
    fresh = not folder(name).exists()
    # The project's linter reads PostgreSQL where no nearer setting says otherwise.
    linted = {".sqlfluff": f"[sqlfluff]\ndialect = {_LINTED[entry.dialect]}\n"} if entry.dialect in _LINTED else {}
    made: list[Path] = []
    try:
        folder(name).mkdir(parents=True, exist_ok=True)
        for file, text in (texts | (linted if fresh else {})).items():
            with (folder(name) / file).open("x", encoding="utf-8") as written:
                made.append(folder(name) / file)
                written.write(text)
    except OSError as error:
        for path in made:
            path.unlink()
        if fresh and folder(name).exists():
            folder(name).rmdir()
        raise PolicyError(f"include/sql/extract/{name}: cannot be written ({error.strerror})") from None
    return [policy_lines.shown(folder(name) / file) for file in texts]
