"""The SELECT of an entity as it is before anybody filled it in: every column with what it means."""

from sqlalchemy import Table

from rekisteri.model import ENTITIES, Base, Datum, pulled_columns
from rekisteri.sources import Source

_MEANING = {
    "text": "text",
    "name": "a name as people write it",
    "email": "an e-mail address",
    "phone": "a phone number: +358 ..., 'FI: 040 ...', or of the entry's phone_country",
    "y_tunnus": "a Y-tunnus",
    "country": "a country: ISO code, or name in English, Finnish or Swedish",
    "postal_code": "a postal code, as text",
    "iban": "an IBAN",
    "reference": "a Finnish reference number or an RF one",
    "location": "a country, or a cloud region of the provider",
    "date": "a date, ISO or in the entry's own form",
    "timestamp": "an ISO time, in the entry's time zone where it has no offset",
    "money": "a sum with two decimals and the entry's decimal sign",
    "integer": "a whole number",
    "boolean": "true or false",
}
_GROUPS = (
    "a user's name",
    "a user's e-mail",
    "a user's phone",
    "customer or user id",
    "contact persons",
    "relationship and contract",
    "customer history",
    "marketing permissions",
    "stored communication",
    "billing",
    "what a person gave",
    "what is derived",
)
"""The register description's groups 1 to 12, in short."""


def select(name: str, entity: str, entry: Source) -> str:
    """Return the SELECT to be filled in for one entity: every column with what it means, none with a value yet."""
    dialect = entry.dialect
    lines = [
        f"-- {_said(entity)}",
        "-- One row per record. The aliases are the register's columns: put what the source has in the places of null.",
        "-- What is required must be there. Delete the optional lines that the source has nothing for: what is not",
        "-- selected never leaves it.",
        f"-- Dialect: {dialect} ({name}).",
        "select",
    ]
    columns = list(pulled_columns(ENTITIES[entity]).items())
    for n, (column, said) in enumerate(columns):
        comma = "," if n < len(columns) - 1 else ""
        lines.append(f"    -- {meaning(column, said)}")
        lines.append(f"    null as {column}{comma}")
    return "\n".join([*lines, "-- from the table or view, with its joins", ""])


def _said(entity: str) -> str:
    classes = {str(m.local_table.name): m.class_ for m in Base.registry.mappers if isinstance(m.local_table, Table)}
    return str(classes[entity].__doc__).splitlines()[0]


def meaning(column: str, said: Datum) -> str:
    """Return what a column must hold, and whether it must be there, in a line."""
    kind = "required" if said.required and column != "controller" else "optional"
    if column == "source_key":
        return f"{kind}: the source's own key of the record, unique and never used again"
    if column == "controller":
        return f"{kind}: whose data it is; where it is left out, the entry's controller's"
    if said.references:
        return f"{kind}: source_key of its {said.references.replace('_', ' ')}"
    if said.format == "code":
        return f"{kind}: one of {', '.join(repr(v) for v in said.values)}"
    group = said.groups[-1]
    return f"{kind}: {_MEANING[said.format]} (group {group}, {_GROUPS[group - 1]})"
