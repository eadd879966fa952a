"""What the register holds, by entity, source and key: for who asks whether a record is there."""

from collections.abc import Iterable

from psycopg.sql import SQL, Composable, Identifier, Literal

from rekisteri.model import ENTITIES
from rekisteri.residency import consents
from rekisteri.staging import registered
from rekisteri.statements import load


def relation(entities: Iterable[str] = tuple(ENTITIES)) -> Composable:
    """Return the statement that lists the held records of these entities: entity, source, source_key, changed_pull."""
    return SQL("\nunion all\n").join(
        load("status/held", entity=Literal(entity), register=registered(entity)) for entity in sorted(entities)
    )


def places() -> Composable:
    """Return the statement that lists where held records lie: entity, source, source_key, provider, place.

    Only of entities that have a location.
    """
    return SQL("\nunion all\n").join(
        load(
            "status/held_place",
            entity=Literal(entity),
            register=registered(entity),
            column=Identifier(where.column),
            provider=SQL("known.{}").format(Identifier(where.provider)) if where.provider else SQL("null::text"),
        )
        for entity in ENTITIES
        if (where := consents.location(entity))
    )
