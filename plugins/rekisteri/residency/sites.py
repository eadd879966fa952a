"""A place that holds or gets data, as declared: its processor, its own location, and which groups of data it gets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Literal

from rekisteri import policy_lines, sources
from rekisteri.errors import ResidencyRefused
from rekisteri.policy import load_policy
from rekisteri.policy_lines import Step, at, located
from rekisteri.residency import holdings
from rekisteri.residency.locations import Verdict, resolve
from rekisteri.residency.policy import Places, Site
from rekisteri.residency.processors import check_processor, findings, register

FILE = "places.yaml"
ANALYST_TABLES, ACCESS_PACKAGES, MAILS = "analyst_tables", "access_packages", "mails"
"""Destinations that the project sends to; places.yaml must declare each."""
What = Literal["warehouse", "source", "object store", "destination"]


@dataclass(frozen=True)
class Declared:
    """A place as declared, and what is known of it."""

    what: What
    name: str
    site: Site | None
    """None where nothing says where it is; then it is outside."""
    line: str
    """File and line of its location, or of where it should be declared."""
    groups: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    """Groups of data that it gets, each with what brings it."""
    allowed: tuple[int, ...] | None = None
    """The groups that its own entry allows, where it says so."""
    hosts: tuple[str, ...] = ()
    """Names of its hosts, as far as they are known here."""

    @property
    def title(self) -> str:
        """Return what messages call it."""
        of = "the object store of source" if self.what == "object store" else self.what
        return "the warehouse" if self.what == "warehouse" else f"{of} {self.name!r}"

    def at_hosts(self, *hosts: str | None) -> "Declared":
        """Return it with the names of its hosts, which its declaration is held against."""
        return replace(self, hosts=tuple(host for host in hosts if host))


def places() -> Places:
    """Return what places.yaml declares.

    Raises:
        PolicyError: it is missing or has a fault.
    """
    return load_policy(FILE, Places)


def warehouse() -> Declared:
    """Return the warehouse as a place."""
    line = _line(FILE, "warehouse", "location")
    return Declared("warehouse", "warehouse", places().warehouse, line, holdings.registered())


def source(name: str) -> Declared:
    """Return a source as a place.

    Raises:
        PolicyError: there is none of this name, or a SELECT of it cannot be read.
    """
    entry = sources.named(name)
    site = Site(processor=entry.processor, location=entry.location, provider=entry.provider)
    line = _line(sources.FILE, "sources", name, "location")
    return Declared("source", name, site, line, holdings.delivered(name))


def object_store(name: str) -> Declared | None:
    """Return a source's object store as a place; None where the source has none.

    A folder that places.yaml does not name is on the machine; nothing says where another one is.

    Raises:
        PolicyError: there is no such source.
    """
    uri = sources.named(name).object_store
    if not uri:
        return None
    said, groups = places(), holdings.recorded()
    if name in said.object_stores:
        line = _line(FILE, "object_stores", name, "location")
        return Declared("object store", name, said.object_stores[name], line, groups)
    if "://" in uri and not uri.startswith("file://"):
        return Declared("object store", name, None, _line(FILE, "object_stores"), groups)
    return Declared("object store", name, said.machine, _line(FILE, "machine", "location"), groups)


def destination(name: str) -> Declared:
    """Return a destination as a place."""
    site = places().destinations.get(name)
    if site is None:
        return Declared("destination", name, None, _line(FILE, "destinations"))
    line = _line(FILE, "destinations", name, "location")
    groups = dict.fromkeys(site.groups, _line(FILE, "destinations", name, "groups"))
    if name == ANALYST_TABLES:
        groups = holdings.published()
    return Declared("destination", name, site, line, groups, site.groups)


def every() -> Iterator[Declared]:
    """Yield every place: the warehouse, each source with its object store, each destination.

    Raises:
        PolicyError: a policy file or a SELECT cannot be read.
    """
    yield warehouse()
    for name in sources.read():
        yield source(name)
        if store := object_store(name):
            yield store
    for name in places().destinations:
        yield destination(name)


def check(place: Declared, on: date) -> Verdict:
    """Refuse a place of which anything is outside the EU/EEA, or that gets what its processor may not hold.

    Args:
        place: as declared.
        on: the day that counts.

    Returns:
        The verdict on its location, which is inside.

    Raises:
        PolicyError: a policy file cannot be read.
        ResidencyRefused: it is not declared; its processor, a sub-processor or its location is outside; it is in a
            country where its processor stores nothing; or its processor's groups lack one that it gets.
    """
    site = place.site
    if site is None:
        raise ResidencyRefused(
            f"{place.title} is not declared, so it is outside; say where it is and who runs it in {place.line}"
        )
    check_processor(site.processor, on)
    verdict = resolve(site.location, provider=site.provider, on=on)
    if not verdict.inside:
        raise ResidencyRefused(
            f"{place.title} at {site.location!r} ({place.line}): {' → '.join(verdict.chain)}; correct its location "
            "there, or move it into the EU/EEA"
        )
    stores = {f.verdict.country for f in findings(site.processor, on) if f.kind == "storage"}
    if verdict.country not in stores:
        raise ResidencyRefused(
            f"{place.title} at {site.location!r} ({place.line}) is in {verdict.country}, but processor "
            f"{site.processor!r} and its sub-processors declare storage in {', '.join(sorted(str(s) for s in stores))} "
            f"only ({register().line(site.processor, 'storage')}); correct whichever is wrong"
        )
    _check_groups(place, site.processor)
    return verdict


def _check_groups(place: Declared, processor: str) -> None:
    if extra := [
        f"{n} (by {why})" for n, why in place.groups.items() if place.allowed is not None and n not in place.allowed
    ]:
        raise ResidencyRefused(
            f"{place.title} gets data of groups that its own entry ({place.line}) does not name: {', '.join(extra)}; "
            "add them to its groups, or keep them from it"
        )
    listed = register()
    held = listed.processors[processor].groups
    if lacking := [f"{group} (by {why})" for group, why in place.groups.items() if group not in held]:
        raise ResidencyRefused(
            f"{place.title} gets data of groups that processor {processor!r} may not hold: {', '.join(lacking)}; add "
            f"them to its groups ({listed.line(processor, 'groups')}) if its agreement covers them, or deliver less"
        )


def _line(file: str, *where: Step) -> str:
    """Return file and line of a place in a policy file; of what holds it where it has none of its own."""
    lines = policy_lines.read(file)[1]
    known = next((where[:n] for n in range(len(where), 0, -1) if where[:n] in lines), ())
    return at(located(file), lines[known])
