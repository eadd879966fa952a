"""Changes in a source's tables, in words; names of tables and columns, never what they hold."""

from collections.abc import Mapping
from typing import Any

REMEDY = "`rekisteri source drift {0}` lists them; with --seen --staff <id> somebody takes note."


def sentence(source: str, change: Mapping[str, Any]) -> str:
    """Return what changed, what follows from it, and where to mend it.

    Args:
        source: name in sources.yaml.
        change: a row of staging.source_change, by its columns.
    """
    place = f"{source}: {change['table_name']}"
    if change["what"] == "new":
        return f"{place} has a new column {change['column_name']} ({change['type_now']}){_of_the_new(source, change)}"
    if change["what"] == "dropped":
        lost = f"{change['column_name']} ({change['type_before']})"
        return f"{place} has lost its column {lost}{_if_used(source, change)}"
    if change["what"] == "retyped":
        was = f"{change['type_before']}, it is {change['type_now']}"
        return f"{place}.{change['column_name']} was {was}{_if_used(source, change, 'may refuse its rows')}"
    if change["what"] == "new_table":
        return f"{place} is read and was not there before, or not read"
    return f"{place} is not there, or the login may not see it{_if_used(source, change)}"


def _of_the_new(source: str, change: Mapping[str, Any]) -> str:
    looks = f", which looks like personal data ({change['looks_like']})" if change["looks_like"] else ""
    if change["used_by"]:
        return f"{looks}; {_selects(source, change)} may take it without naming its table: qualify the columns there"
    return f"{looks}; it is not pulled, since no SELECT names it"


def _if_used(source: str, change: Mapping[str, Any], then: str = "fails until that is changed") -> str:
    if not change["used_by"]:
        return "; no SELECT uses it"
    return f"; {_selects(source, change)} uses it: the pull {then}"


def _selects(source: str, change: Mapping[str, Any]) -> str:
    return ", ".join(f"include/sql/extract/{source}/{entity}.sql" for entity in change["used_by"])
