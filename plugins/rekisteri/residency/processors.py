"""Processors (Art. 28): where each stores and from where it has access, its sub-processors' included."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from rekisteri import paths
from rekisteri.errors import PolicyError, ResidencyRefused
from rekisteri.policy import load_policy
from rekisteri.policy_lines import Where, at, read, text_of
from rekisteri.residency.atlas import Atlas, atlas
from rekisteri.residency.locations import Reason, Verdict, resolve_in
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
    return _register(file, text_of(file))


@lru_cache(maxsize=4)
def _register(file: Path, _text: str) -> Register:
    """Read the file once for each text that it has: a verdict asks for it many times."""
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
    book = atlas()
    return [finding for key in _chain(listed, name, []) for finding in _locations(listed, book, key, on)]


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


def _chain(listed: Register, key: str, seen: list[str]) -> list[str]:
    """Return a processor and all below it, each once, however they name each other."""
    if key not in seen:
        seen.append(key)
        for sub in listed.processors[key].sub_processors:
            _chain(listed, sub, seen)
    return seen


def _locations(listed: Register, book: Atlas, key: str, on: date) -> Iterator[Finding]:
    processor = listed.processors[key]
    if on < processor.contract:
        because = f"no agreement in force before {processor.contract} (Art. 28(3))"
        verdict = Verdict(False, None, because, (because,), Reason.NO_AGREEMENT)
        yield Finding(key, "contract", str(processor.contract), listed.line(key, "contract"), verdict)
    if processor.contract_ends and on > processor.contract_ends:
        because = f"no agreement in force after {processor.contract_ends} (Art. 28(3))"
        verdict = Verdict(False, None, because, (because,), Reason.NO_AGREEMENT)
        yield Finding(key, "contract", str(processor.contract_ends), listed.line(key, "contract_ends"), verdict)
    for kind, places in (("storage", processor.storage), ("access", processor.access)):
        for i, place in enumerate(places):
            verdict = resolve_in(book, place, None, on)
            yield Finding(key, kind, place, listed.line(key, kind, i), verdict)
