"""A location's verdict: which country it is, inside or outside the EU/EEA on a day, and by which line of which file."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from rekisteri.residency.atlas import Atlas, Region, atlas
from rekisteri.residency.names import normal
from rekisteri.residency.policy import CountryRow

#: No place has a longer name; a longer text is not looked at.
LONGEST = 120


class Reason(StrEnum):
    """Why a location is inside or outside; the code that quarantine and audit keep."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    NOT_YET_OR_NO_LONGER = "not_yet_or_no_longer"
    NEEDS_DECISION = "needs_decision"
    EMPTY = "empty"
    TOO_VAGUE = "too_vague"
    UNKNOWN = "unknown"
    UNKNOWN_PROVIDER = "unknown_provider"
    PROVIDER_CONTRADICTED = "provider_contradicted"
    PROVIDER_NEEDED = "provider_needed"
    NO_AGREEMENT = "no_agreement"


@dataclass(frozen=True)
class Verdict:
    """Where a location is. Texts hold what policy files say, never the text that was asked about."""

    inside: bool
    country: str | None
    because: str
    chain: tuple[str, ...]
    reason: Reason


def resolve(text: str | None, *, provider: str | None = None, on: date) -> Verdict:
    """Return where a location is and whether that is inside the EU/EEA.

    Args:
        text: country code or name, cloud region or zone; a provider may stand before it ("aws eu-north-1").
        provider: name of the provider whose region it is, where known.
        on: the day that counts.

    Raises:
        PolicyError: a residency policy file cannot be read.
    """
    return resolve_in(atlas(), text, provider, on)


def resolve_in(book: Atlas, text: str | None, provider: str | None, on: date) -> Verdict:
    """Return a location's verdict by an atlas that is already open; see ``resolve``."""
    if not isinstance(text, str) or not text.strip():
        return outside(Reason.EMPTY, "no location is given")
    if len(text) > LONGEST:
        return outside(Reason.UNKNOWN, f"the text is longer than {LONGEST} characters: no listed location")
    named, place = _split(book, text)
    if provider is None or not provider.strip():
        return _of_provider(book, named, place, on) if named else _of_anyone(book, text, on)
    key = book.provider_names.get(normal(provider)) if len(provider) <= LONGEST else None
    if key is None:
        return outside(Reason.UNKNOWN_PROVIDER, "the provider is not in providers of include/policy/residency.yaml")
    if named and named != key:
        return outside(Reason.PROVIDER_CONTRADICTED, f"the location names {named}, its record names {key}")
    return _of_provider(book, key, place if named else text, on)


def resolve_record(book: Atlas, text: str | None, provider: str | None, on: date) -> Verdict:
    """Return the verdict on a record's own location: a region counts only with its provider, a country by itself."""
    verdict = resolve_in(book, text, provider, on)
    alone = (provider is None or not provider.strip()) and text is not None and _split(book, text)[0] is None
    if alone and verdict.inside and not _of_country(book, str(text), on).inside:
        return outside(Reason.PROVIDER_NEEDED, "a region without its provider: name the provider in the record")
    return verdict


def inside_on(on: date) -> tuple[str, ...]:
    """Return the ISO codes of the countries that are inside on a day, in order."""
    book = atlas()
    return tuple(iso2 for iso2 in sorted(book.countries) if _country(book, iso2, on, (iso2,)).inside)


def named_region(book: Atlas, text: str, provider: str | None) -> Region | None:
    """Return the cloud region that a location names with its provider; None where it names a country."""
    named, place = _split(book, text)
    key = book.provider_names.get(normal(provider)) if provider else named
    return book.region(key, place if named else text) if key else None


def _split(book: Atlas, text: str) -> tuple[str | None, str]:
    """Return the provider that stands before a region, if any, and the rest; the longest name counts."""
    for mark in reversed(list(re.finditer(r"[\s:/]+", text))):
        if (key := book.provider_names.get(normal(text[: mark.start()]))) and text[mark.end() :].strip():
            return key, text[mark.end() :]
    return None, text


def _of_provider(book: Atlas, provider: str, text: str, on: date) -> Verdict:
    if region := book.region(provider, text):
        return of_region(book, region, on)
    return _of_country(book, text, on)


def _of_anyone(book: Atlas, text: str, on: date) -> Verdict:
    """Return the verdict of a text whose provider is not named: every reading of it must agree."""
    country = _of_country(book, text, on)
    if country.reason is Reason.TOO_VAGUE:
        return country
    found = (book.region(provider, text) for provider in book.regions)
    readings = [of_region(book, region, on) for region in found if region]
    if country.reason is not Reason.UNKNOWN:
        readings.insert(0, country)
    if not readings:
        return country
    if len({reading.inside for reading in readings}) > 1:
        steps = tuple(" → ".join(reading.chain) for reading in readings)
        return outside(Reason.PROVIDER_NEEDED, f"{'; '.join(steps)}: name the provider", steps)
    return readings[0]


def _of_country(book: Atlas, text: str, on: date) -> Verdict:
    key = normal(text)
    if why := book.vague.get(key):
        return outside(Reason.TOO_VAGUE, why)
    if iso2 := book.country_names.get(key):
        return _country(book, iso2, on, (iso2,))
    return outside(
        Reason.UNKNOWN,
        "not among the countries and regions of include/policy/residency.yaml and its tables: unknown, so outside",
    )


def of_region(book: Atlas, region: Region, on: date, before: tuple[str, ...] = ()) -> Verdict:
    """Return the verdict on a listed region; ``before`` are the steps that led to it."""
    chain = (*before, *(step for step in (f"{region.provider} {region.region}", region.name) if step))
    if region.members:
        return _several(book, region, on, chain)
    if region.country is None:
        return outside(Reason.TOO_VAGUE, f"in no single country ({region.line})", chain)
    verdict = _country(book, region.country, on, (*chain, region.country))
    if verdict.inside and region.rule == "review":
        return outside(Reason.NEEDS_DECISION, f"needs a decision ({region.line})", chain, region.country)
    rule = book.countries[region.country].seed_rule if region.country in book.countries else "deny"
    if verdict.inside and region.rule == "deny" and rule == "allow":
        return outside(Reason.OUTSIDE, f"refused by its own line ({region.line})", chain, region.country)
    return verdict


def _several(book: Atlas, region: Region, on: date, chain: tuple[str, ...]) -> Verdict:
    for member in region.members:
        part = book.regions[region.provider].get(normal(member))
        verdict = of_region(book, part, on) if part and not part.members else None
        if verdict is None or not verdict.inside:
            steps = (*chain, *(verdict.chain if verdict else (f"{member} is not listed ({region.line})",)))
            return Verdict(False, None, steps[-1], steps, verdict.reason if verdict else Reason.UNKNOWN)
    if region.rule != "allow":
        return outside(Reason.NEEDS_DECISION, f"needs a decision ({region.line})", chain)
    because = f"each of {', '.join(region.members)} is inside ({region.line})"
    return Verdict(True, None, because, (*chain, because), Reason.INSIDE)


def _country(book: Atlas, iso2: str, on: date, chain: tuple[str, ...]) -> Verdict:
    row, line = book.countries.get(iso2), book.country_line(iso2)
    if row is None:
        return outside(Reason.OUTSIDE, f"outside: not in the table ({line})", chain, iso2)
    if row.seed_rule == "review":
        return outside(Reason.NEEDS_DECISION, f"outside until decided ({line})", chain, iso2)
    if row.seed_rule == "deny" and row.valid_to is None:
        return outside(Reason.OUTSIDE, f"outside ({line})", chain, iso2)
    since, until = _window(book, row)
    if since and on < since:
        return outside(Reason.NOT_YET_OR_NO_LONGER, f"outside until {since} ({line})", chain, iso2)
    if until and on > until:
        left = until + timedelta(days=1)
        return outside(Reason.NOT_YET_OR_NO_LONGER, f"outside since {left} ({line})", chain, iso2)
    because = f"inside since {since} ({line})" if since else f"inside ({line})"
    return Verdict(True, iso2, because, (*chain, because), Reason.INSIDE)


def _window(book: Atlas, row: CountryRow) -> tuple[date | None, date | None]:
    """Return first and last day inside; a territory's lie within its state's."""
    rows = [row]
    if state := book.policy.territories.get(row.iso2):
        rows.append(book.countries[state])
    starts, ends = [r.valid_from for r in rows if r.valid_from], [r.valid_to for r in rows if r.valid_to]
    return max(starts, default=None), min(ends, default=None)


def outside(reason: Reason, because: str, chain: tuple[str, ...] = (), country: str | None = None) -> Verdict:
    """Return the verdict that a location is outside."""
    return Verdict(False, country, because, (*chain, because), reason)
