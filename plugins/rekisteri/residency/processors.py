"""The gate before a source is contacted: its processor, its sub-processors and its host are all inside the EU/EEA."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rekisteri import paths
from rekisteri.errors import PolicyError, ResidencyRefused
from rekisteri.policy import load_policy
from rekisteri.policy_lines import Where, at, read
from rekisteri.residency.locations import Reason, Verdict, resolve
from rekisteri.residency.names import normal
from rekisteri.residency.policy import Processor, Processors


@dataclass(frozen=True)
class Finding:
    """One declared location of a processor, and its verdict."""

    processor: str
    kind: str
    location: str
    line: str
    verdict: Verdict


@dataclass(frozen=True)
class Register:
    """processors.yaml as read, with its lines."""

    file: Path
    processors: dict[str, Processor]
    lines: dict[Where, int]

    def line(self, *where: str | int) -> str:
        """Return file and line of a place below ``processors``."""
        return at(self.file, self.lines[("processors", *where)])


def register() -> Register:
    """Return the processors of processors.yaml as they are now.

    Raises:
        PolicyError: unreadable, or a sub-processor is not listed itself.
    """
    file = paths.POLICY / "processors.yaml"
    listed = Register(file, load_policy(file, Processors).processors, read(file)[1])
    for key, processor in listed.processors.items():
        for i, sub in enumerate(processor.sub_processors):
            if sub not in listed.processors:
                line = listed.line(key, "sub_processors", i)
                raise PolicyError(f"{line}: sub-processor {sub!r} is not listed; give it an entry of its own")
    return listed


def findings(name: str, on: date) -> list[Finding]:
    """Return every location of a processor and of its sub-processors, with its verdict.

    Args:
        name: key of processors.yaml.
        on: the day that counts.

    Raises:
        PolicyError: a policy file cannot be read.
        ResidencyRefused: the processor is not listed.
    """
    listed = register()
    if name not in listed.processors:
        raise ResidencyRefused(
            f"processor {name!r} is not listed in {at(listed.file, 1)}; add where it stores and from where it has "
            "access, or name another processor in sources.yaml"
        )
    return [finding for key in _chain(listed, name, []) for finding in _locations(listed, key, on)]


def check_processor(name: str, on: date) -> None:
    """Refuse a processor any of whose locations, sub-processors' included, is not inside the EU/EEA.

    Args:
        name: key of processors.yaml.
        on: the day that counts.

    Raises:
        PolicyError: a policy file cannot be read.
        ResidencyRefused: it is not listed, lacks an agreement in force, or a location is outside; names all.
    """
    refused = [finding for finding in findings(name, on) if not finding.verdict.inside]
    if refused:
        raise ResidencyRefused(
            f"processor {name!r} may not hold data, not all of it is inside the EU/EEA: "
            + "; ".join(
                f"{f.processor} {f.kind} {f.location!r} ({f.line}): {' → '.join(f.verdict.chain)}" for f in refused
            )
            + ". Nothing is pulled from it or given to it until it leaves those places or its entry is corrected"
        )


def check_source(processor: str, location: str | None, provider: str | None, on: date) -> Verdict:
    """Check what a source's entry declares, before the source is contacted.

    Args:
        processor: key of processors.yaml.
        location: declared location of the source's host.
        provider: name of the provider whose region ``location`` is, where it is one.
        on: the day that counts.

    Returns:
        The verdict on the host's location, which is inside.

    Raises:
        PolicyError: a policy file cannot be read.
        ResidencyRefused: processor or host is outside, or the host is in a country where its processor stores nothing.
    """
    check_processor(processor, on)
    verdict = resolve(location, provider=provider, on=on)
    if not verdict.inside:
        raise ResidencyRefused(
            f"host of processor {processor!r} at {location!r}: {' → '.join(verdict.chain)}; correct its location in "
            "sources.yaml, or move the source into the EU/EEA"
        )
    stores = {f.verdict.country for f in findings(processor, on) if f.kind == "storage"}
    if verdict.country not in stores:
        raise ResidencyRefused(
            f"host at {location!r} is in {verdict.country}, but processor {processor!r} and its sub-processors "
            f"declare storage in {', '.join(sorted(str(s) for s in stores))} only "
            f"({register().line(processor, 'storage')}); correct whichever is wrong"
        )
    return verdict


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


def _chain(listed: Register, key: str, seen: list[str]) -> list[str]:
    """Return a processor and all below it, each once, however they name each other."""
    if key not in seen:
        seen.append(key)
        for sub in listed.processors[key].sub_processors:
            _chain(listed, sub, seen)
    return seen


def _locations(listed: Register, key: str, on: date) -> Iterator[Finding]:
    processor = listed.processors[key]
    if on < processor.contract:
        because = f"no agreement in force before {processor.contract} (Art. 28(3))"
        verdict = Verdict(False, None, because, (because,), Reason.NO_AGREEMENT)
        yield Finding(key, "contract", str(processor.contract), listed.line(key, "contract"), verdict)
    for kind, places in (("storage", processor.storage), ("access", processor.access)):
        for i, place in enumerate(places):
            verdict = resolve(place, on=on)
            yield Finding(key, kind, place, listed.line(key, kind, i), verdict)
