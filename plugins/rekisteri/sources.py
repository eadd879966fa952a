"""Sources: an entry in sources.yaml and a folder of SELECTs whose aliases are the register's names (design rule 2)."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, StringConstraints

from rekisteri import paths, policy_lines
from rekisteri.errors import PolicyError
from rekisteri.policy import Policy, load_policy

FILE = "sources.yaml"
_CLOSING = re.compile(r";(?=(?:[\s;]|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*\Z)", re.DOTALL)
"""A semicolon after which nothing comes but notes."""
SourceName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,30}$")]


# It looks through a folder of files each time, and an entry is read many times.
_zones = cache(available_timezones)


def _known_zone(name: str) -> str:
    if name not in _zones():
        raise ValueError("unknown time zone; write one such as Europe/Helsinki")
    return name


@cache
def _phone_countries() -> frozenset[str]:
    # DAG files read entries at import, and the library is heavy: its tables are a file for each country.
    found = find_spec("phonenumbers")
    folders = [Path(place) / "data" for place in (found and found.submodule_search_locations) or ()]
    files = (path.stem.removeprefix("region_") for folder in folders for path in folder.glob("region_*.py"))
    return frozenset(name for name in files if re.fullmatch("[A-Z]{2}", name))


def _known_to_phones(country: str) -> str:
    if country not in _phone_countries():
        raise ValueError("no country of phone numbers; write its ISO code of two capitals, such as FI, or leave it out")
    return country


class Source(Policy):
    """One entry of sources.yaml."""

    title: str
    connection: str
    """Airflow connection id."""
    dialect: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+(\+[a-z0-9_]+)?$")] = "postgresql"
    """SQL dialect: postgresql, mysql (MariaDB too), sqlite, or another that SQLAlchemy has."""
    controller: str
    """Controller of the rows that select none."""
    processor: str
    """Name in processors.yaml of who runs the source."""
    location: str
    """Where the host is: a country, or a region of ``provider``."""
    provider: str | None = None
    timezone: Annotated[str, AfterValidator(_known_zone)] = "Europe/Helsinki"
    """Of timestamps that carry no offset."""
    date: str | None = None
    """strptime format of date columns; ISO where left out."""
    decimal: Annotated[str, StringConstraints(pattern=r"^[.,]$")] = "."
    phone_country: Annotated[str, AfterValidator(_known_to_phones)] | None = None
    """Country of phone numbers that name none; where left out, they are not well formed."""
    timeout: Annotated[int, Field(gt=0, le=86_400)] = 300
    """Seconds that any one statement may take."""
    parallel: Annotated[int, Field(ge=1, le=16)] = 2
    """Entities that are read at a time, where the source can share a snapshot."""
    overlap: Annotated[int, Field(ge=0, le=604_800)] = 7_200
    """Seconds before the last watermark from which on changes are read again."""
    vanish_limit: Annotated[int, Field(ge=0, le=100)] = 5
    """Percent of an entity that may vanish in one pull; where more does, the pull stops."""
    after: tuple[SourceName, ...] = ()
    """Sources whose pull of the night comes first."""
    object_store: str | None = None
    """Folder where ``media`` paths lie; relative ones are below $REKISTERI_HOME."""

    @property
    def zone(self) -> ZoneInfo:
        """Time zone of timestamps that carry no offset."""
        return ZoneInfo(self.timezone)

    @property
    def media_folder(self) -> Path | None:
        """Folder where ``media`` paths lie."""
        if not self.object_store:
            return None
        uri = urlsplit(self.object_store)
        return Path(unquote(uri.path)) if uri.scheme == "file" else paths.home() / self.object_store


class Sources(Policy):
    """The file sources.yaml."""

    sources: dict[SourceName, Source]


def read() -> dict[str, Source]:
    """Return the declared sources by name.

    Raises:
        PolicyError: the file is missing or has a fault; the message names file, line and remedy.
    """
    known = dict(load_policy(FILE, Sources).sources)
    if faults := [(name, n, fault) for name in known for n, fault in _order_faults(name, known)]:
        lines, path = policy_lines.read(FILE)[1], policy_lines.located(FILE)
        told = [(lines[("sources", name, "after", n)], f"sources.{name}.after: {fault}") for name, n, fault in faults]
        raise PolicyError("\n".join(f"{policy_lines.at(path, line)}: {fault}" for line, fault in sorted(told)))
    return known


def _order_faults(name: str, known: dict[str, Source]) -> Iterator[tuple[int, str]]:
    """Yield what is wrong with the order of one source: which of ``after``, and why."""
    for n, other in enumerate(known[name].after):
        if other not in known:
            yield n, f"no source {other!r}; name one of {', '.join(sorted(known))}, or leave it out"
        elif name in _all_before(other, known):
            yield n, f"{name!r} waits for {other!r}, which waits for {name!r}; leave one of them out"


def _all_before(name: str, known: dict[str, Source]) -> set[str]:
    """Return a source and all that it waits for, directly or not."""
    found, left = set(), [name]
    while left:
        if (one := left.pop()) in known and one not in found:
            found.add(one)
            left += known[one].after
    return found


def named(source: str) -> Source:
    """Return one declared source.

    Raises:
        PolicyError: there is no such entry.
    """
    known = read()
    if source not in known:
        raise PolicyError(f"include/policy/{FILE} has no source {source!r}; it has {', '.join(sorted(known))}")
    return known[source]


def folder(source: str) -> Path:
    """Return the folder of a source's SELECTs."""
    return paths.SQL / "extract" / source


def entities(source: str) -> list[str]:
    """Return the entities that a source delivers, parents before children."""
    # DAG files read sources.yaml at import and need no model.
    from rekisteri.model import ENTITIES

    have = {path.stem for path in folder(source).glob("*.sql")}
    return [entity for entity in ENTITIES if entity in have]


def select(source: str, entity: str) -> str:
    """Return a source's SELECT for one entity, without a closing semicolon; a note may follow it."""
    return _CLOSING.sub("", (folder(source) / f"{entity}.sql").read_text(encoding="utf-8")).strip()
