"""What `rekisteri residency explain` and the page *Where data lives* tell: of a place, a host's name, a processor."""

from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from typing import Any

from rekisteri.residency.atlas import atlas
from rekisteri.residency.hosts import resolve_host
from rekisteri.residency.locations import LONGEST, Reason, Verdict, resolve, resolve_record
from rekisteri.residency.names import normal
from rekisteri.residency.processors import findings, register

IN_A_RECORD = (
    "In a record it needs its provider beside it: alone, a region counts as too vague there, and the record is refused"
)
PROVIDER_ALONE = "{0} is a provider, and each of its regions has its own place: ask for '{0} <region>'"


def explain(text: str, provider: str | None, on: date) -> dict[str, Any]:
    """Return a location's or a processor's verdict as plain data, for people and for ``--json``.

    Args:
        text: anything: a region, zone, country name or code, alias, a host's name or URL, or a processor's key or name.
        provider: name of the provider whose region it is, where known.
        on: the day that counts.
    """
    asked = {"text": text, "provider": provider, "on": on.isoformat()}
    verdict = resolve(text, provider=provider, on=on)
    if verdict.reason is Reason.UNKNOWN and provider is None and (key := _key(text)):
        return asked | _explained(key, on)
    if verdict.reason is Reason.UNKNOWN and "." in text:
        verdict = resolve_host(text, provider=provider, on=on)
    return asked | _plain(verdict) | _besides(text, provider, verdict, on)


def _besides(text: str, provider: str | None, verdict: Verdict, on: date) -> dict[str, Any]:
    """Return what else is to be known of an answer."""
    if verdict.inside and resolve_record(atlas(), text, provider, on).reason is Reason.PROVIDER_NEEDED:
        return {"in_a_record": IN_A_RECORD}
    if verdict.reason is not Reason.UNKNOWN:
        return {}
    key = atlas().provider_names.get(normal(text)) if len(text) <= LONGEST else None
    return {"provider_alone": PROVIDER_ALONE.format(key)} if key else {"similar": similar(text)}


def said(found: Mapping[str, Any]) -> list[str]:
    """Return an answer of :func:`explain` in lines for people: the verdict, the way to it, names much alike.

    The command and the page both show these, so that neither can tell what the other does not.
    """
    verdict = f"{'inside' if found['inside'] else 'OUTSIDE'} the EU/EEA on {found['on']}"
    # A processor has a line for each of its places; of anything else the chain is one way.
    steps = found["chain"] if "processor" in found else [" → ".join(found["chain"])]
    alike = found.get("similar")
    more = [found[key] for key in ("in_a_record", "provider_alone") if key in found]
    return [verdict, *steps, *more, *([f"Listed, and written much alike: {', '.join(alike)}"] if alike else [])]


def similar(text: str) -> list[str]:
    """Return listed names that a text may have been meant for, the most alike first; they decide nothing."""
    if len(text) > LONGEST:
        return []
    book = atlas()
    regions = {f"{region.provider} {region.region}" for known in book.regions.values() for region in known.values()}
    alone = {region.partition(" ")[2] for region in regions}
    # In order, so that the same question has the same answer.
    listed = sorted({*book.country_names, *regions, *alone, *register().processors})
    return get_close_matches(normal(text), listed, n=3, cutoff=0.8)


def _plain(verdict: Verdict) -> dict[str, Any]:
    return {
        "inside": verdict.inside,
        "country": verdict.country,
        "because": verdict.because,
        "chain": list(verdict.chain),
        "reason": str(verdict.reason),
    }


def _explained(key: str, on: date) -> dict[str, Any]:
    found = findings(key, on)
    outside = [f for f in found if not f.verdict.inside]
    decisive = (outside or found)[0]
    countries = {f.verdict.country for f in found}
    return {
        "inside": not outside,
        "country": countries.pop() if len(countries) == 1 else None,
        "because": f"{decisive.processor} {decisive.kind} ({decisive.line}): {decisive.verdict.because}",
        "chain": [f"{f.processor} {f.kind} {f.location}: {f.verdict.because}" for f in found],
        "reason": str(decisive.verdict.reason),
        "processor": key,
    }


def _key(text: str) -> str | None:
    for key, processor in register().processors.items():
        if normal(text) in (normal(key), normal(processor.name)):
            return key
    return None
