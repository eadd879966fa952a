"""Which rules a person may overrule: those that doubt a row, not those without which the register could not hold it."""

from rekisteri.model import ENTITIES, pulled_columns

_DOUBTS = frozenset({"length", "order", "future", "known_elsewhere", "ended", "expects"})
NEVER = {
    "residency": "no one may let in by hand what lies outside the EU/EEA or at no known place; have it moved, its "
    "location corrected, or the consents given that are missing",
    "required": "the register cannot hold a row without it",
    "oversized": "no index can hold such a key; mend it at the source, or select another one",
    "unique": "the register holds one row of a key, and nobody can say which of them is the record",
    "contradiction": "who is who would make one of two companies; mend the name or the Y-tunnus of one of them",
    "reference": "a row that belongs to no record would never be erased with it; release or mend the one it waits for",
}
"""Kinds of rules that nobody may overrule, and why."""


def may_overrule(entity: str, rule: str) -> str | None:
    """Return why a person may not overrule a rule; None where they may.

    Overruled can be rules that doubt a whole and typed row (length, order of dates, far future, known elsewhere,
    expectations), and a format where the register may leave the column empty: the row enters without that value.

    Args:
        entity: of the row.
        rule: its name, such as ``format:phone``.
    """
    kind, _, column = rule.partition(":")
    if kind in _DOUBTS:
        return None
    if kind == "format":
        said = pulled_columns(ENTITIES[entity]).get(column) if entity in ENTITIES else None
        if said and not said.required:
            return None
        return "nothing can be read there, and the register cannot hold a row without it"
    return NEVER.get(kind, "nobody has said that a person may overrule this rule")
