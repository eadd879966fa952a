"""Where our data lives and who can reach it from where: every place and every processor, with the line that says so."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from rekisteri.errors import ResidencyRefused
from rekisteri.residency import sites
from rekisteri.residency.locations import resolve
from rekisteri.residency.processors import findings, register
from rekisteri.residency.sites import Declared


@dataclass(frozen=True)
class Whereabouts:
    """One place where data is, or one place from which a processor reaches it."""

    what: str
    """warehouse, source, object store, destination or processor."""
    name: str
    kind: str
    """place, storage, access (from where people reach it), or contract where no agreement is in force."""
    place: str | None
    """As declared, a region with its provider; None where nothing is declared."""
    country: str | None
    inside: bool
    """Whether the gate lets data be there: of a place, its processor and its groups count too."""
    because: str
    """The verdict, with the line of the table that gave it."""
    line: str
    """File and line that declare it."""
    groups: tuple[int, ...]
    """Groups of data (1 to 12) that are there."""
    processor: str | None
    contract: date | None
    """Since when the processor's agreement is in force."""
    used_by: tuple[str, ...] = ()
    """Of a processor: the places that it runs, and the processors whose sub-processor it is."""


def whereabouts(on: date) -> list[Whereabouts]:
    """Return every place where data is and every place from which it can be reached, refused ones too.

    Args:
        on: the day that counts.

    Raises:
        PolicyError: a policy file or a SELECT cannot be read.
    """
    declared = list(sites.every())
    used: dict[str, list[str]] = {}
    for place in declared:
        if place.site:
            used.setdefault(place.site.processor, []).append(place.title)
    for name, processor in register().processors.items():
        for sub in processor.sub_processors:
            used.setdefault(sub, []).append(f"processor {name!r}")
    reached = [row for name in register().processors for row in _reach(name, on, tuple(used.get(name, ())))]
    return [_place(place, on) for place in declared] + reached


def _place(place: Declared, on: date) -> Whereabouts:
    site, listed = place.site, register().processors
    verdict = resolve(site.location, provider=site.provider, on=on) if site else None
    because = verdict.because if verdict else ""
    try:
        sites.check(place, on)
        inside = True
    except ResidencyRefused as refused:
        inside = False
        because = because if verdict and not verdict.inside else str(refused)
    agreed = listed.get(site.processor) if site else None
    return Whereabouts(
        what=place.what,
        name=place.name,
        kind="place",
        place=" ".join(filter(None, (site.provider, site.location))) if site else None,
        country=verdict.country if verdict else None,
        inside=inside,
        because=because,
        line=place.line,
        groups=tuple(place.groups),
        processor=site.processor if site else None,
        contract=agreed.contract if agreed else None,
    )


def _reach(name: str, on: date, used_by: tuple[str, ...]) -> Iterator[Whereabouts]:
    """Yield where a processor itself stores, and from where it has access."""
    processor = register().processors[name]
    for finding in findings(name, on):
        if finding.processor == name:
            yield Whereabouts(
                what="processor",
                name=name,
                kind=finding.kind,
                place=finding.location,
                country=finding.verdict.country,
                inside=finding.verdict.inside,
                because=finding.verdict.because,
                line=finding.line,
                groups=processor.groups,
                processor=name,
                contract=processor.contract,
                used_by=used_by,
            )
