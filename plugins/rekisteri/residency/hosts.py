"""What a host's own name tells of where it is, by the patterns of residency.yaml; most names tell nothing."""

import re
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qsl, urlsplit

from rekisteri.residency.atlas import Atlas, Region, atlas
from rekisteri.residency.locations import Reason, Verdict, named_region, of_region, outside
from rekisteri.residency.names import normal
from rekisteri.residency.policy import Site

_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))+", re.ASCII)


@dataclass(frozen=True)
class Told:
    """What a host's name tells: whose it is, and where."""

    provider: str
    line: str
    """File and line of the pattern that it matches."""
    region: Region | None
    nameless: bool
    """Its name tells no region at all; else one that is not listed, where ``region`` is None."""


def told(book: Atlas, host: str) -> Told | None:
    """Return what a host's name tells; None where no pattern knows it.

    Args:
        book: all that is listed.
        host: its name, as in a connection.
    """
    name = host.strip().removesuffix(".").lower() if host.isascii() else ""
    if not _NAME.fullmatch(name):
        return None
    matches = [(pattern, found) for pattern in book.hosts if (found := pattern.form.fullmatch(name))]
    listed: dict[tuple[str, str], Told] = {}
    nameless, unlisted = None, None
    for pattern, found in matches:
        text = found.groupdict().get("region")
        region = book.region(pattern.provider, text) if text else None
        if region:
            listed.setdefault((region.provider, region.region), Told(pattern.provider, pattern.line, region, False))
        elif text:
            unlisted = unlisted or Told(pattern.provider, pattern.line, None, False)
        else:
            nameless = nameless or Told(pattern.provider, pattern.line, None, True)
    if len(listed) == 1:
        return next(iter(listed.values()))
    # Two regions in one name: which of them it is in cannot be told.
    return Told(*_first(listed), None, False) if listed else nameless or unlisted


def _first(listed: dict[tuple[str, str], Told]) -> tuple[str, str]:
    one = next(iter(listed.values()))
    return one.provider, one.line


def resolve_host(text: str, *, provider: str | None = None, on: date) -> Verdict:
    """Return the verdict on a host by its name alone.

    Args:
        text: a host's name, or a URL.
        provider: name of the provider whose host it is, where known.
        on: the day that counts.
    """
    book = atlas()
    found = next((one for host in hosts_of(text) if (one := told(book, host))), None)
    if found is None:
        why = "no pattern in hosts of residency.yaml knows it, and a top-level domain such as .fi is no location"
        return outside(Reason.UNKNOWN, f"a host whose name tells no place: {why}")
    step = f"host of {found.provider} ({found.line})"
    if provider and book.provider_names.get(normal(provider)) != found.provider:
        return outside(Reason.PROVIDER_CONTRADICTED, "not of the provider that was named", (step,))
    if found.region is None:
        said = "its name tells no region" if found.nameless else "its name tells a region that is not listed"
        return outside(Reason.UNKNOWN, said, (step,))
    return of_region(book, found.region, on, (step,))


def hosts_of(uri: str) -> tuple[str, ...]:
    """Return the names of hosts in a URI, its query's endpoints included; a bare name is one itself."""
    try:
        parts = urlsplit(uri if "://" in uri else f"//{uri}")
        endpoints = [value for _, value in parse_qsl(parts.query)]
        found = [parts.hostname, *(urlsplit(one if "://" in one else f"//{one}").hostname for one in endpoints)]
    except ValueError:
        return ()
    return tuple(host for name in found if name for host in name.split(","))


def contradiction(site: Site, verdict: Verdict, hosts: tuple[str, ...], on: date) -> str | None:
    """Return how the names of a site's hosts contradict what is declared of it; never a host's name itself.

    Args:
        site: as declared.
        verdict: on the declared location, which is inside.
        hosts: names of its hosts.
        on: the day that counts.
    """
    book = atlas()
    for host in hosts:
        if (found := told(book, host)) and (why := _contradicts(book, site, verdict, found, on)):
            return f"{why} ({found.line})"
    return None


def _contradicts(book: Atlas, site: Site, verdict: Verdict, found: Told, on: date) -> str | None:
    if site.provider and (key := book.provider_names.get(normal(site.provider))) != found.provider:
        return f"its host's name is one of {found.provider}, not of {key}"
    if found.region is None:
        return None if found.nameless else f"its host's name tells a region of {found.provider} that is not listed"
    seen = of_region(book, found.region, on)
    declared = named_region(book, site.location, site.provider)
    same = declared is None or found.region.region in (declared.region, *declared.members)
    if seen.inside and same and verdict.country in (None, seen.country):
        return None
    return f"its host's name tells {' → '.join(seen.chain)}"
