"""Which case a location is, in the words that people are told, and whether its text may be told at all."""

from typing import Literal

from rekisteri.residency.locations import Reason, Verdict
from rekisteri.residency.placing import NAMEABLE

LONGEST = 60
"""Characters of a location that are shown; no place has a longer name."""

Case = Literal["outside", "too vague", "not decided", "unknown", "inside by now", "emptied"]
_CASES: dict[Reason, Case] = {
    Reason.INSIDE: "inside by now",
    Reason.TOO_VAGUE: "too vague",
    Reason.PROVIDER_NEEDED: "too vague",
    Reason.NEEDS_DECISION: "not decided",
    **{reason: "outside" for reason in NAMEABLE},
}


def case_of(verdict: Verdict) -> Case:
    """Return the case of a verdict; whatever is not listed is unknown."""
    return _CASES.get(verdict.reason, "unknown")


def shown(raw: str | None, provider: str | None) -> str:
    """Return a location as people read it, its provider first; empty where nothing stands there.

    Only for a location whose case is known: what is no place that anybody knows may be anything.
    """
    return " ".join(part.strip() for part in (provider, raw) if part and part.strip())[:LONGEST]
