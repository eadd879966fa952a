"""What the register holds of all entities, for who asks of a logged transfer whether its record is still there."""

from psycopg.sql import SQL, Composable, Identifier, Literal

from rekisteri.model import ENTITIES
from rekisteri.statements import load


def records() -> Composable:
    """Return the relation of all held records: entity, source, source_key, changed_pull."""
    # The log may name any entity: only what lies outside itself has a location, what is sent need not.
    return SQL("\nunion all\n").join(
        load("residency/held", entity=Literal(entity), register=Identifier("register", entity)) for entity in ENTITIES
    )
