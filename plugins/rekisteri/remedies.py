"""What each kind of rule means and what to do when it refuses: one table, for the command and the pages."""

import json
import re
from functools import cache
from typing import NamedTuple

from rekisteri.model import ENTITIES, pulled_columns


class Remedy(NamedTuple):
    """What a rule that refused means, and what to do about it."""

    meaning: str
    remedy: str


_EACH = " A name in accept counts for every entity of the source that has a rule of this name."
"""Said where a pull may be let through: ``acceptance`` knows a rule by its name alone."""

REMEDIES: dict[str, Remedy] = {
    "required": Remedy(
        "{column} is empty, and the register must hold it.",
        "Fill {column} in at the source; the next pull lets the row in by itself.",
    ),
    "format": Remedy(
        "What stands in {column} cannot be read as what it should be.",
        "Correct {column} at the source, or mend its SELECT where that takes something else; the next pull lets the "
        "row in.",
    ),
    "unique": Remedy(
        "Several rows of the source have the same {column|value where each must have its own}: nobody can say which of "
        "them is the record.",
        "Remove the double at the source, or mend the SELECT that doubles it; the next pull lets the other one in.",
    ),
    "reference": Remedy(
        "The record that {column} names is not in the register: it waits here itself, or the source does not have it.",
        "Mend the record that it waits for: this row comes in with it. Where the source lacks it, correct {column}.",
    ),
    "residency": Remedy(
        "{column} names a place outside the EU/EEA, one that nobody knows or none exactly; and not everybody whom the "
        "data is about has a consent to that country in force.",
        "See of each row which it is and whose consent is missing: `rekisteri quarantine show`. Move the data, or "
        "correct {column} at the source; or get the consents, and the row comes in at the next pull. A right place "
        "that is not known is added to residency.yaml, then run `rekisteri quarantine retest`. Nobody can release such "
        "a row by hand.",
    ),
    "length": Remedy(
        "What stands in {column} is longer or shorter than it may be.",
        "See at the source that {column} holds what it should and no notes or several values, and correct it there.",
    ),
    "oversized": Remedy(
        "{column} is so long that no index can hold it: as a key it leads to no record.",
        "See at the source, or in the SELECT, that {column} holds a key and no text or several values. Nobody can "
        "release such a row by hand; once it is mended, the next pull lets it in.",
    ),
    "order": Remedy(
        "The dates contradict each other: {column} is before what must come first.",
        "Correct the date that is wrong at the source; where both are right, a person may release the row.",
    ),
    "future": Remedy(
        "{column} lies so far in the future that it is a mistyped year or a placeholder.",
        "Correct {column} at the source; leave it empty there where it is not known yet.",
    ),
    "known_elsewhere": Remedy(
        "The record that {column} names is not known in the source that should know it.",
        "See that it is there, and that its source was pulled; else correct {column}. The row comes in once it is "
        "known.",
    ),
    "expects": Remedy(
        "It does not meet an expectation of include/expectations{: column|}.",
        "Read it in the source's file there; correct the row at the source, or the expectation and run `rekisteri "
        "quarantine retest`. Where it stopped a pull that is right as it is, trigger the DAG with accept, naming the "
        "rule as it is named here." + _EACH,
    ),
    "vanished": Remedy(
        "More rows are gone at the source than vanish_limit in sources.yaml allows; the whole pull stopped.",
        "See whether a SELECT, a view or a right changed at the source; where the rows are truly gone, trigger the DAG "
        'with accept: ["vanished"].' + _EACH,
    ),
    "ended": Remedy(
        "It is still open, though the contract that it belongs to has ended{ (column)|}.",
        "Close it at the source, or correct the contract's end; where both are right, a person may release the row.",
    ),
    "contradiction": Remedy(
        "Two customers of this source bear one {column|Y-tunnus} under unlike names: two companies would become one.",
        "Correct the {column|Y-tunnus} or the name of the one that is wrong at the source.",
    ),
    "rejected": Remedy(
        "A person has decided that this row never comes in as it is.",
        "Nothing; it is judged anew when its source changes it.",
    ),
    "volume": Remedy(
        "The source has far fewer or more rows than on the nights before; the whole pull stopped.",
        "See whether the source is whole and its SELECT unchanged; where the number is right, trigger the DAG with "
        'accept: ["volume"].' + _EACH,
    ),
    "count": Remedy(
        "The source counted other rows than it sent; the whole pull stopped.",
        "See that its tables take part in transactions and that nobody writes past them; then clear the DAG run. "
        'Where it is right, trigger the DAG with accept: ["count:rows"].' + _EACH,
    ),
    "quiet": Remedy(
        "An entity has brought nothing new for much longer than it ever did; nothing was stopped.",
        "See whether the source still gets its data: an import or a replica may stand still.",
    ),
    "nulls": Remedy(
        "{column} is empty far more often than on the nights before; the whole pull stopped.",
        "See whether the source renamed or emptied the column; mend the SELECT or the source, then clear the DAG run. "
        'Where it is right, trigger the DAG with accept: ["nulls:{column|<column>}"].' + _EACH,
    ),
    "total": Remedy(
        "The sum or count that the source reckons is not that of the rows that arrived; the whole pull stopped.",
        "See whether the source was written to meanwhile or a SELECT leaves rows out, then clear the DAG run. Where it "
        'is right, trigger the DAG with accept: ["total:{column|<column>}"].' + _EACH,
    ),
    "fresh": Remedy(
        "The source's newest change is older than its own rhythm allows; the whole pull stopped.",
        "See whether the source still gets its data (an import or a replica may stand still), then clear the DAG run. "
        'Where it is right, trigger the DAG with accept: ["fresh:{column|<column>}"].' + _EACH,
    ),
}
"""Kind of rule, the part of its name before the colon, to what is told. Braces take the part after it, where `column`
stands in them; of a kind alone they become what is after the bar, or "the column"."""
_BRACES = re.compile(r"\{([^{}|]*)column([^{}|]*)(?:\|([^{}]*))?\}")

_SETTING = {"date": "date", "timestamp": "timezone", "money": "decimal"}
"""Format to the key of a source's entry that says how it is read."""
_PHONE = (
    "A number that says its country (+49 ..., 'DE: ...') is none that is in use there today, such as one of an old "
    "area code: correct {column} at the source. One that says none is whose its SELECT or entry says: write 'DE: ' || "
    "{column} there, or set phone_country of the source in sources.yaml and run `rekisteri quarantine retest`."
)
_BY_ENTRY = (
    "Correct {column} at the source; where it is right there, the source's entry in sources.yaml reads it wrongly: "
    "mend its key {setting} and run `rekisteri quarantine retest`."
)

_OTHER = Remedy(
    "A rule that has no explanation here refuses it.",
    "See the rule's name in plugins/rekisteri/rules.py or in include/expectations; correct the row at its source.",
)


def of_expectation(where: str, why: str, stops: list[str]) -> Remedy:
    """Return what it means that an expectation on a whole pull stopped it, and what to do.

    Args:
        where: file and line of the expectation.
        why: what that says of it.
        stops: the rules that stop the pull, as pages name them, such as ``expects:row_count``.
    """
    return Remedy(
        f"The pull does not meet the expectation in {where}: {why}",
        "Mend the rows at the source and run the pull again; or change the expectation in that line and clear the "
        f"task. Where it is right as it is, let it through once: trigger the DAG with `accept: {json.dumps(stops)}`."
        + _EACH,
    )


def explain(rule: str) -> Remedy:
    """Return what a rule means and what to do, each as text for people.

    Args:
        rule: name as quarantine and audit have it, such as ``required:name``; or a kind alone.
    """
    kind, _, column = rule.partition(":")
    found = REMEDIES.get(kind, _OTHER)
    if kind == "format" and column:
        found = found._replace(remedy=_of_format(column) or found.remedy)
    said = (_BRACES.sub(lambda found: _filled(found, column), text) for text in found)
    return Remedy(*(text if column else text[0].upper() + text[1:] for text in said))


def _filled(found: re.Match[str], column: str) -> str:
    before, after, alone = found.groups()
    if column:
        return f"{before}{column}{after}"
    return "the column" if alone is None else str(alone)


@cache
def _of_format(column: str) -> str | None:
    """Return what to do where a column of this name cannot be read; None where nothing but the value can be wrong."""
    said = [table[column].format for table in map(pulled_columns, ENTITIES.values()) if column in table]
    format_ = said[0] if said else ""
    if format_ == "phone":
        return _PHONE
    return _BY_ENTRY.replace("{setting}", _SETTING[format_]) if format_ in _SETTING else None
