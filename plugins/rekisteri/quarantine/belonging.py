"""Which quarantined rows belong to a subject: an erasure and an access export must reach them too.

A row belongs to a subject that its own key is a record of, that it refers to (an order to its customer, however far),
or whose e-mail address, phone or Y-tunnus it carries under another key, in whatever way it is written. As at the pull,
only what is about somebody (customer, person, prospect) is known by identifiers: a billing contact follows its
customer.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import psycopg
from psycopg.sql import Identifier, Literal

from rekisteri import connections, pseudonyms, pulls, retention, sources, subjects
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.sources import Source
from rekisteri.statements import load

_BATCH = 10_000
"""Distinct texts that are conformed at a time."""
ABOUT_SOMEBODY = ("customer", "person", "prospect")
IDENTIFIERS = ("email", "phone", "y_tunnus")


class Belonging(NamedTuple):
    """A quarantined row of a subject, without what it holds."""

    quarantine_id: int
    source: str
    entity: str
    source_key: str | None
    rules: list[str]
    first_refused_on: Any
    expires_on: Any
    because: str
    """own_key, identifier or refers_to."""


def of_subject(conn: psycopg.Connection[Any], source: str, entity: str, source_key: str) -> list[Belonging]:
    """Return the quarantined rows of a subject; what each holds, ``looking.values`` shows by its number.

    Args:
        conn: the pipeline's connection to the warehouse.
        source: of a record of the subject, or of one that is only in quarantine.
        entity: of that record.
        source_key: its key.
    """
    with pulls.without_values("quarantine of a subject"), conn.transaction(force_rollback=True):
        identify(conn)
        conn.execute(load("quarantine/make_belonging"))
        conn.execute(load("quarantine/subject_keys"), {"source": source, "entity": entity, "source_key": source_key})
        mailboxes = list(subjects.identity().shared_mailboxes)
        conn.execute(load("quarantine/same_identifiers"), {"shared_mailboxes": mailboxes})
        for child, column, parent in retention.references():
            conn.execute(
                load("quarantine/children", register=retention.register(child), column=Identifier(column)),
                {"entity": child, "parent": parent, "column": column},
            )
        return [Belonging(*row) for row in conn.execute(load("quarantine/of_subject"))]


def identify(conn: psycopg.Connection[Any]) -> None:
    """Put the identifiers of what waits about somebody into staging.quarantine_identifier, in the caller's transaction.

    The texts are read as the next pull of their source would read them; what is no identifier is left out. Quarantine
    is read once for each source and column that holds one.
    """
    conn.execute(load("quarantine/make_identifier"))
    key, known = connections.secret(pseudonyms.TOMBSTONE_KEY), sources.read()
    for (source,) in conn.execute(load("quarantine/waiting_sources")).fetchall():
        # Of a source that was taken out nobody knows the country of its numbers: it may be that of any other.
        entries = [known[source]] if source in known else _one_of_each_country(known)
        for entity, column, format_ in about_somebody():
            where = {"source": Literal(source), "entity": Literal(entity), "column": Literal(column)}
            for entry in entries if format_ == "phone" else entries[:1]:
                # Composed in: what makes a table takes no parameters.
                conn.execute(load("quarantine/make_given", **where))
                _identify(conn, key, entry, format_)
    conn.execute("analyze staging.quarantine_identifier")


def _one_of_each_country(known: dict[str, Source]) -> list[Source]:
    return list({one.phone_country: one for one in known.values()}.values())


def _identify(conn: psycopg.Connection[Any], key: bytes, entry: Source, format_: str) -> None:
    conn.execute(load("quarantine/make_conformed"))
    with conn.cursor("given_identifiers") as cursor:
        cursor.execute(load("quarantine/given_identifiers"))
        # In batches: a million addresses take no more memory than a thousand.
        while batch := cursor.fetchmany(_BATCH):
            _conform(conn, key, entry, format_, [row[0] for row in batch])
    conn.execute(load("quarantine/add_identifiers"), {"format": format_})
    conn.execute(load("quarantine/drop_given"))


def _conform(conn: psycopg.Connection[Any], key: bytes, entry: Source, format_: str, given: list[str]) -> None:
    # Brings in pandas and the format libraries.
    import pandas as pd

    from rekisteri.conforming import conform

    made = conform(format_, pd.Series(given, dtype="str"), entry)["value"]
    with conn.cursor().copy("copy staging.quarantine_conformed from stdin") as copy:
        for text, value in zip(given, made, strict=True):
            if value:
                copy.write_row((text, value, pseudonyms.token(key, format_, value)))


def about_somebody() -> Iterator[tuple[str, str, str]]:
    """Yield entity, column and format of each identifier by which a customer, person or prospect is known."""
    for entity in ABOUT_SOMEBODY:
        for column, said in pulled_columns(ENTITIES[entity]).items():
            # The Y-tunnus of a prospect is that of the company they work for.
            if said.format in IDENTIFIERS and (entity, said.format) != ("prospect", "y_tunnus"):
                yield entity, column, said.format
