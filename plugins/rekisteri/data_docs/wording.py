"""A rule in words, for people who know neither Great Expectations nor our names of rules."""

from rekisteri.data_docs.validations import Check

_RULES = {
    "required": "{} is given",
    "format": "{} is well formed",
    "oversized": "{} is short enough to be a key",
    "unique": "no other row has the same {}",
    "reference": "{} leads to a record of the register or of this pull",
    "length": "{} is no longer than it may be",
    "order": "{} is not before the date that must come first",
    "future": "{} is not further in the future than it may be",
    "ended": "{} is given, or the contract that the row belongs to has not ended",
    "contradiction": "no record with an unlike name has the same {}",
    "known_elsewhere": "{} is known to the source that should know it",
}

_OF_PULL = {
    "vanished": "no more rows are gone at the source than sources.yaml allows",
    "volume": "the source has about as many rows as on the nights before",
    "count": "as many rows arrived as the source counted",
    "total": "the sum of {} is that of the source",
    "fresh": "the newest {} is not older than quality.yaml allows",
    "quiet": "something is new within twice the nights that are usual",
    "nulls": "{} is about as often filled as on the nights before",
}


def in_words(check: Check) -> str:
    """Return what a rule asks for: of a rule of the model its own sentence, else Great Expectations' name as one."""
    kind, _, column = check.rule.partition(":")
    if kind in _RULES and column:
        return _RULES[kind].format(column)
    asked = check.type.removeprefix("expect_").replace("_", " ")
    settings = ", ".join(f"{name} {_shown(value)}" for name, value in check.settings.items())
    return f"{asked} ({settings})" if settings else asked


def of_pull(rule: str, check: Check | None) -> str:
    """Return what a rule on a whole pull asks for.

    Args:
        rule: its name, such as ``nulls:email``.
        check: of an expectation of the source's own what Great Expectations said of it, where that is kept.
    """
    kind, _, column = rule.partition(":")
    if kind in _OF_PULL:
        return _OF_PULL[kind].format(column)
    return in_words(check) if check else "an expectation of include/expectations is met"


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
