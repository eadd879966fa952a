"""What a rule of one source's entity means and what to do: of an expectation, by the source's file as it is now."""

import re
from collections.abc import Collection, Iterator
from typing import Any

from rekisteri import expectations, sources
from rekisteri.errors import PolicyError
from rekisteri.expectations import EXPECTS, Expectation, Expected
from rekisteri.remedies import Remedy, explain, of_expectation

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}([ T][\d:.+Z-]+)?")
_OF_POLICY = re.compile(r"column(_\w+)?|regex(_list)?|like_pattern(_list)?|strftime_format|type_|type_list")
"""Settings whose texts are the policy's own: names of columns, patterns and types."""

_DO = {
    "row": "Correct the row at the source: the next pull lets it in. Where the expectation is wrong, correct it in "
    "that line and run `rekisteri quarantine retest`. Where the row is right as it is, an approver may release it.",
    "note": "It is only counted: it keeps no row out and stops no pull. See at the source what is wrong there. A row "
    "that still waits by it, from before, comes in by `rekisteri quarantine retest` or at the next pull.",
}


def explain_of(source: str, entity: str, rule: str, stopped_by: Collection[str] = ()) -> Remedy:
    """Return what a rule of one source's entity means and what to do.

    Args:
        source: name, which may be gone from sources.yaml.
        entity: whose rows.
        rule: as quarantine names it.
        stopped_by: all rules that stopped the pull, where it is told of one: to let it through takes each of them.
    """
    found = _expected(source, entity, rule)
    if found is None or (stopped_by and found.of.consequence != "pull"):
        return explain(rule)
    one, why = found.of, found.of.why if found.of.why.endswith((".", "!", "?")) else f"{found.of.why}."
    if one.consequence == "pull":
        return of_expectation(found.where, why, sorted({rule, *stopped_by}))
    return Remedy(f"The expectation in {found.where} is not met: {why} It is {_asked(one)}.", _DO[one.consequence])


def _expected(source: str, entity: str, rule: str) -> Expected | None:
    """Return the expectation of this name; None where the file has it no longer, has a fault, or the source is gone."""
    if rule.partition(":")[0] != EXPECTS:
        return None
    try:
        listed = expectations.expected(source, entity) if source in sources.read() else []
    except PolicyError:
        # `rekisteri check` tells of the fault; a row is still to be looked at.
        return None
    return next((one for one in listed if one.of.rule == rule), None)


def _asked(one: Expectation) -> str:
    """Return GX's name of an expectation and its settings, as people read them."""
    settings = ", ".join(text for name, value in one.kwargs.items() for text in _setting(name, value))
    return f"`{one.type}`" + (f" ({settings})" if settings else "")


def _setting(name: str, value: Any) -> Iterator[str]:
    """Yield how a setting is told: what a list or a condition compares with might be a name, and is not said."""
    if name == "row_condition":
        yield "only of rows that its condition chooses"
    elif isinstance(value, list):
        told = ", ".join(map(str, value))
        yield f"{name} `{told}`" if all(_is_policy(name, one) for one in value) else f"{name} as that line says"
    elif _is_policy(name, value):
        yield f"{name} `{str(value).lower() if isinstance(value, bool) else value}`"
    else:
        yield f"{name} as that line says"


def _is_policy(name: str, value: Any) -> bool:
    """Return whether a value is a number, a date, or a text that only the policy has: a column's name or a pattern."""
    if isinstance(value, str):
        return bool(_OF_POLICY.fullmatch(name) or _DAY.fullmatch(value))
    return value is None or isinstance(value, int | float)
