"""How long data is kept, as a policy file: every rule that the model names has a number, or the run stops."""

import re
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, model_validator

from rekisteri import controller
from rekisteri.model.datum import RETENTION_RULES
from rekisteri.policy import Policy, load_policy

FILE = "retention.yaml"
_DURATION = re.compile(r"P(?=\d)(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,5})D)?")


def _days(period: str) -> int:
    found = _DURATION.fullmatch(period)
    if not found:
        raise ValueError("not a period; write an ISO 8601 duration such as P90D, P6M or P3Y")
    years, months, days = (int(n or 0) for n in found.groups())
    return years * 366 + months * 31 + days


def _sound_period(period: str) -> str:
    if period != "for_good":
        _days(period)
    return period


Period = Annotated[str, AfterValidator(_sound_period)]


class Limit(Policy):
    """A second period of a rule, counted from another event."""

    event: Literal["case_closed", "judgment"]
    period: Period


class Rule(Policy):
    """One retention rule: event + period + ground -> action."""

    event: Literal[
        "relationship_end", "recorded_at", "calendar_year_of_financial_year_end", "due_or_last_interruption",
        "consent_end", "noted_on", "row_erased",
    ]  # fmt: skip
    period: Period
    ground: str
    action: Literal["erase", "keep_hash"]
    law: str
    or_earlier: Limit | None = None
    or_later: Limit | None = None


#: What the statements in include/sql/retention count from; a policy that says otherwise would not be followed.
_EVENTS: dict[str, tuple[str, str | None, str | None]] = {
    "relationship": ("relationship_end", None, None),
    "recording": ("recorded_at", "case_closed", None),
    "voucher": ("calendar_year_of_financial_year_end", None, None),
    "debt": ("due_or_last_interruption", None, "judgment"),
    "consent_evidence": ("consent_end", None, None),
    "prospect": ("noted_on", None, None),
    "marketing_prohibition": ("row_erased", None, None),
    "with_row": ("row_erased", None, None),
}
_CEILING = 3 * 366  # TSV/2/2018: three years after the end is a ceiling to argue, not a right


class Retention(Policy):
    """The file retention.yaml: a rule for each one that the model names."""

    rules: dict[str, Rule]
    quarantine: Period
    """How long a refused row waits, from its first refusal."""
    tombstone_review: Period

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if lacking := RETENTION_RULES - set(self.rules):
            raise ValueError(f"rules lack {', '.join(sorted(lacking))}, which the model names; add a period for each")
        if unknown := set(self.rules) - RETENTION_RULES:
            raise ValueError(f"rules hold {', '.join(sorted(unknown))}, which the model does not name; remove them")
        for name, rule in self.rules.items():
            if (fault := _fault(name, rule)) is not None:
                raise ValueError(f"rule {name!r} {fault}")
        for name in ("quarantine", "tombstone_review"):
            if getattr(self, name) == "for_good":
                raise ValueError(f"{name} needs a number, such as P30D")
        return self


def _fault(name: str, rule: Rule) -> str | None:
    event, earlier, later = _EVENTS[name]
    if rule.event != event:
        return f"counts from {event!r}; write that as its event"
    for which, wanted, limit in (("or_earlier", earlier, rule.or_earlier), ("or_later", later, rule.or_later)):
        if (limit.event if limit else None) != wanted:
            return f"needs {which} with event {wanted!r}" if wanted else f"has no {which}; remove it"
        if limit and limit.period == "for_good":
            return f"needs a number in {which}, such as P30D"
    if (rule.period == "for_good") != (rule.action == "keep_hash"):
        return "needs a number, such as P90D; only a keyed hash is kept for good"
    if rule.action == "keep_hash" and name != "marketing_prohibition":
        return "must erase: only a marketing prohibition leaves a keyed hash (GDPR Art. 21(3))"
    if name == "relationship" and _days(rule.period) > _CEILING:
        return "exceeds three years after the relationship's end, the ceiling that TSV/2/2018 accepted; shorten it"
    return None


def read() -> Retention:
    """Return the retention rules.

    Raises:
        PolicyError: the file is missing or has a fault, or a rule of the model has no number.
    """
    return load_policy(FILE, Retention)


def bound(night: date) -> dict[str, Any]:
    """Return the parameters of the statements in include/sql/retention.

    Args:
        night: the night for which is reckoned.

    Raises:
        PolicyError: retention.yaml or controller.yaml has a fault.
    """
    policy, ours = read(), controller.read()
    rules = policy.rules
    earlier, later = rules["recording"].or_earlier, rules["debt"].or_later
    assert earlier is not None  # noqa: S101 - Retention refuses rules without it
    assert later is not None  # noqa: S101
    return {
        "night": night,
        "timezone": ours.timezone,
        "year_end": ours.financial_year_end,
        **{name: rules[name].period for name in ("relationship", "recording", "voucher", "debt", "prospect")},
        "after_case": earlier.period,
        "judgment": later.period,
        "consent": rules["consent_evidence"].period,
        "review": policy.tombstone_review,
    }
