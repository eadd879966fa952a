"""Where data lives and who reaches it from where: the policy's places and processors, put together for a page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from rekisteri import paths
from rekisteri.residency.locations import inside_on
from rekisteri.residency.names import country_name
from rekisteri.residency.processors import register
from rekisteri.residency.whereabouts import Whereabouts, whereabouts


@dataclass
class Country:
    """What is in one country, or reaches data from there."""

    code: str | None
    inside: bool
    """Whether the country is: a place in it may be refused for another reason."""
    holds: list[str] = field(default_factory=list)
    reaches: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The country's English name."""
        return country_name(self.code)


@dataclass
class Handler:
    """A processor, with what it does, where it stores and from where it has access."""

    key: str
    name: str
    role: str
    contract: date | None
    groups: tuple[int, ...]
    used_by: tuple[str, ...]
    places: list[Whereabouts] = field(default_factory=list)


@dataclass(frozen=True)
class Map:
    """Everything that the page shows."""

    on: date
    countries: list[Country]
    places: list[Whereabouts]
    handlers: list[Handler]
    names: dict[str, str]
    """Processor to the name of the company."""
    members: frozenset[str]
    """The countries that are inside on that day."""

    @property
    def outside(self) -> list[Whereabouts]:
        """The places and accesses that the gate refuses."""
        return [one for one in (*self.places, *(p for h in self.handlers for p in h.places)) if not one.inside]

    def verdict(self, *places: Whereabouts) -> str:
        """Return ``inside``; ``OUTSIDE``; or ``not allowed``, of what is refused though its country is inside."""
        refused = [one for one in places if not one.inside]
        if not refused:
            return "inside"
        # That no agreement is in force says nothing of any place.
        abroad = any(one.kind != "contract" and one.country not in self.members for one in refused)
        return "OUTSIDE" if abroad else "not allowed"


def read(on: date) -> Map:
    """Return where data lives on a day.

    Raises:
        PolicyError: a policy file cannot be read.
    """
    files = sorted(file for folder in (paths.POLICY, paths.SQL / "extract") for file in folder.rglob("*.*"))
    states = [(str(file), file.stat()) for file in files]
    return _read(on, tuple((name, state.st_mtime_ns, state.st_size) for name, state in states))


@lru_cache(maxsize=8)
def _read(on: date, _files: tuple[tuple[str, int, int], ...]) -> Map:
    # Every SELECT is parsed for the groups of data that it delivers: seconds, spent again when a file has changed.
    found = whereabouts(on)
    names = {key: processor.name for key, processor in register().processors.items()}
    places = [one for one in found if one.what != "processor"]
    members = frozenset(inside_on(on))
    return Map(on, _countries(found, names, members), places, _handlers(found), names, members)


def title(place: Whereabouts) -> str:
    """Return what a place is called: ``source: crm``, or ``warehouse`` alone."""
    return place.what if place.what == place.name else f"{place.what}: {place.name}".replace("_", " ")


def _countries(found: Iterable[Whereabouts], names: Mapping[str, str], members: frozenset[str]) -> list[Country]:
    made: dict[str | None, Country] = {}
    for one in (one for one in found if one.kind != "contract"):
        country = made.setdefault(one.country, Country(one.country, one.country in members))
        if one.what != "processor":
            country.holds.append(title(one))
        else:
            listed = country.reaches if one.kind == "access" else country.holds
            told = names.get(one.name, one.name)
            listed += [] if told in listed else [told]
    return sorted(made.values(), key=lambda country: (country.inside, -len(country.holds), country.name))


def _handlers(found: Iterable[Whereabouts]) -> list[Handler]:
    listed = register().processors
    made: dict[str, Handler] = {}
    for one in found:
        if one.what == "processor":
            said = listed[one.name]
            handler = Handler(one.name, said.name, said.role, one.contract, one.groups, one.used_by)
            made.setdefault(one.name, handler).places.append(one)
    return list(made.values())
