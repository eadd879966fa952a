"""Which of the register description's twelve groups of data a place gets, by the model and the SELECTs themselves."""

from collections.abc import Collection, Iterable

from rekisteri.errors import PolicyError

Groups = dict[int, str]
"""Group -> one column by which it comes, for people to see."""


def delivered(source: str) -> Groups:
    """Return the groups of data that a source's SELECTs deliver.

    Args:
        source: name in sources.yaml.

    Raises:
        PolicyError: a SELECT cannot be read.
    """
    # What only asks where a place is needs neither the model nor a parser.
    from rekisteri import extracts, sources

    chosen = ((entity, extracts.columns(source, entity)) for entity in sources.entities(source))
    return _groups((entity, column) for entity, columns in chosen for column in columns)


def published() -> Groups:
    """Return the groups of data that the analyst tables are made from.

    Raises:
        PolicyError: publication.yaml cannot be read.
    """
    from rekisteri.publication_policy import declared

    made = (name for table in declared().tables.values() for column in table.columns.values() for name in column.source)
    return _groups(tuple(name.split(".")) for name in made if name.count(".") == 1)


def registered(entities: Collection[str] | None = None) -> Groups:
    """Return the groups of data that the register has columns for.

    Args:
        entities: of these only.
    """
    from rekisteri.model import ENTITIES, pulled_columns

    chosen = ENTITIES if entities is None else entities
    return _groups((entity, column) for entity in chosen for column in pulled_columns(ENTITIES[entity]))


def recorded() -> Groups:
    """Return the groups of data that recordings' media are of."""
    return _groups([("recording", "media")])


def _groups(columns: Iterable[tuple[str, ...]]) -> Groups:
    from rekisteri.model import ENTITIES, pulled_columns

    found: Groups = {}
    for entity, column in columns:
        said = pulled_columns(ENTITIES[entity]).get(column) if entity in ENTITIES else None
        if said is None:
            raise PolicyError(f"{entity}.{column} is no column that the register pulls; see `rekisteri check`")
        for group in said.groups:
            found.setdefault(group, f"{entity}.{column}")
    return dict(sorted(found.items()))
