"""What `rekisteri residency explain` tells: of a place, of a host's name, of a processor."""

from datetime import date
from typing import Any

from rekisteri.residency.locations import Reason, Verdict, resolve
from rekisteri.residency.names import normal
from rekisteri.residency.processors import findings, register


def explain(text: str, provider: str | None, on: date) -> dict[str, Any]:
    """Return a location's or a processor's verdict as plain data, for people and for ``--json``.

    Args:
        text: anything: a region, zone, country name or code, alias, or a processor's key or name.
        provider: name of the provider whose region it is, where known.
        on: the day that counts.
    """
    asked = {"text": text, "provider": provider, "on": on.isoformat()}
    verdict = resolve(text, provider=provider, on=on)
    if verdict.reason is Reason.UNKNOWN and provider is None and (key := _key(text)):
        return asked | _explained(key, on)
    return asked | _plain(verdict)


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
