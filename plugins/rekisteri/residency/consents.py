"""Whose consent a record outside the EU/EEA needs, and whether all of it is there (GDPR Art. 49(1)(a)).

A record outside asks everybody whom it is about, followed by the references that the model declares, in its own source:

    a person        whom it, or what it refers to, names: a recording's and its case's
    a customer      that is a natural person
    all persons     tied to a company by a role or an account, where nothing on the way could name a person: a device
    nobody known    where something on the way is not there: it could be about anybody

Each of them must have consented to that country, and not taken a consent to it back since, whichever record says so: a
yes and a no of the same day are a no. A record that asks nobody has no consent. The model's columns of what
can have a location are personal but for provider and region, so a company's record is not exempt as a company's fact.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import psycopg
from psycopg.sql import SQL, Composable, Identifier, Literal

from rekisteri.errors import ModelError
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.residency.policy import Residency
from rekisteri.statements import load

Places = dict[str, Composable]
Records = Callable[[str, str, Composable], Composable]
"""Entity, column and wanted values of it -> the relation of those records: source, source_key, references, kind."""
_WORK = ("outside", "named", "asked", "consented")


class Location(NamedTuple):
    """The column that says where an entity's records lie."""

    column: str
    provider: str | None
    """Column that names the provider."""

    @property
    def rule(self) -> str:
        """Name of the rule that refuses a record for its location."""
        return f"residency:{self.column}"


def location(entity: str) -> Location | None:
    """Return which column says where an entity's records lie; None where none does.

    Raises:
        ModelError: two columns say it; a consent is to one place.
    """
    said = [
        Location(name, one.provider_column)
        for name, one in pulled_columns(ENTITIES[entity]).items()
        if one.format == "location"
    ]
    if len(said) > 1:
        raise ModelError(f"entity {entity}: {' and '.join(one.column for one in said)} are both locations; keep one")
    return said[0] if said else None


def make(conn: psycopg.Connection[Any], named: Callable[[str], Identifier]) -> Places:
    """Make the empty work tables anew; return them by name.

    Args:
        conn: the warehouse, in a transaction.
        named: gives a work table's full name.
    """
    places: Places = {name: named(name) for name in _WORK}
    for name in _WORK:
        conn.execute(SQL("drop table if exists {}").format(places[name]))
        conn.execute(load(f"residency/make_{name}", **{name: places[name]}))
    return places


def drop(conn: psycopg.Connection[Any], places: Places, *kept: str) -> None:
    """Drop the work tables but those that are to be kept."""
    for name in _WORK:
        if name not in kept:
            conn.execute(SQL("drop table {}").format(places[name]))


def match(
    conn: psycopg.Connection[Any],
    entity: str,
    places: Places,
    records: Records,
    consents: Composable,
    bound: dict[str, Any],
) -> None:
    """List, of the records of an entity in ``outside``, those in ``consented`` that may be where they are.

    Args:
        conn: the warehouse, in a transaction.
        entity: whose records.
        places: the work tables, ``outside`` filled.
        records: where to look for records.
        consents: the relation of the consents; see include/sql/residency/consents_held.sql.
        bound: parameters of include/sql/residency/match.sql.
    """
    some = conn.execute(SQL("select exists (select from {} where country is not null)").format(places["outside"]))
    if not (some.fetchone() or (False,))[0]:
        return

    def run(name: str, **more: Any) -> None:
        parts = {key: value for key, value in more.items() if isinstance(value, Composable)}
        values = {key: value for key, value in more.items() if key not in parts}
        conn.execute(load(f"residency/{name}", **places, **parts), bound | values)

    def come_to(one: str, column: str = "source_key", of: str = "") -> Composable:
        wanted = SQL("select named.key from {} as named where named.entity = {}").format(
            places["named"], Literal(of or one)
        )
        return records(one, column, wanted)

    run("begin", entity=entity)
    reached = {entity}
    for one in way(entity):
        conn.execute(SQL("analyze {}").format(places["named"]))
        for column, parent in references(one):
            run("follow", entity=one, parent=parent, column=Identifier(column), records=come_to(one))
            reached.add(parent)
        run("ask_lost", entity=one, records=come_to(one))
    run("ask_persons")
    if "customer" in reached:
        run("ask_customers", records=come_to("customer"))
    if "person" not in reached:
        customers = SQL("select named.key from {} as named where named.entity = 'customer'").format(places["named"])
        for tie in ties():
            # As held, too: one whose newest version was refused still ties its person.
            for tied in (come_to(tie, "customer_key", "customer"), held(tie, "customer_key", customers)):
                run("ask_tied", records=come_to("customer"), ties=tied)
    conn.execute(SQL("analyze {}, {}").format(places["asked"], places["outside"]))
    run("match", consents=consents)


def way(entity: str) -> Iterator[str]:
    """Yield an entity and all that it leads to by its references, but for persons; what refers before what it names."""
    reached = {entity}
    for one in reversed(ENTITIES):
        if one in reached and one != "person":
            yield one
            reached |= {parent for _, parent in references(one)}


def references(entity: str) -> Iterator[tuple[str, str]]:
    """Yield column and the entity that it refers to."""
    for column, said in pulled_columns(ENTITIES[entity]).items():
        if said.references:
            yield column, said.references


def ties() -> Iterator[str]:
    """Yield the entities that do nothing but tie a person to a customer: both are required."""
    for entity, table in ENTITIES.items():
        required = {said.references for said in pulled_columns(table).values() if said.references and said.required}
        if required == {"person", "customer"}:
            yield entity


def looked_at(entity: str) -> list[str]:
    """Return the columns of an entity that are looked at on the way: what it refers to, and a customer's kind."""
    return [column for column, _ in references(entity)] or ["kind"]


def held(entity: str, column: str, wanted: Composable) -> Composable:
    """Return the relation of the held records of an entity with a wanted value of a column; a ``Records``."""
    return load(
        "residency/records_held",
        register=Identifier("register", entity),
        column=Identifier(column),
        wanted=wanted,
        columns=listed(entity),
    )


def listed(entity: str) -> Composable:
    """Return the columns that are looked at, as a list of them."""
    return SQL(",\n    ").join(SQL("known.{}").format(Identifier(name)) for name in looked_at(entity))


def oldest(policy: Residency) -> str:
    """Return the interval within which evidence counts."""
    return f"{policy.consent.evidence_max_age_hours} hours"
