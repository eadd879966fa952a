"""The gate where data comes from and goes to: each place is checked before it is used, and the verdict written.

The warehouse before a pull, a publication and an erasure; a source and its object store before a pull; each
destination before anything is sent there, erasure orders to the sources included. Whoever sends calls one of these.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

import psycopg

from rekisteri import audit, connections, sources
from rekisteri.errors import SetupError, SourceDown
from rekisteri.residency import sites
from rekisteri.residency.locations import Verdict

WAREHOUSE = "warehouse"
"""Airflow connection id of the warehouse, and its name in the evidence."""
_log = logging.getLogger(__name__)


def check_source(name: str, on: date) -> Verdict:
    """Refuse a source that is outside, by what is declared of it and by the names of its connection's hosts.

    Args:
        name: in sources.yaml.
        on: the day that counts.

    Returns:
        The verdict on its host, which is inside.

    Raises:
        PolicyError: there is no such source, or a SELECT of it cannot be read.
        ResidencyRefused: as of ``sites.check``.
        SetupError: its connection is not there.
    """
    place = sites.source(name)
    # What is declared wrong is told before anybody has to make a connection.
    sites.check(place, on)
    return sites.check(place.at_hosts(*connections.hosts(sources.named(name).connection)), on)


def admit_source(conn: psycopg.Connection[Any], source: str, night: date, pull_id: UUID) -> None:
    """Check a source before it is contacted: its processor and all below it, its host, the groups that it delivers.

    Args:
        conn: the pipeline's connection, with no transaction open.
        source: name in sources.yaml.
        night: the night that counts.
        pull_id: the pull that is about to begin.

    Raises:
        ResidencyRefused: any of it is outside the EU/EEA, unknown, or contradicts what is declared.
    """
    with _written(conn, "processor_checked", night, source=source, pull_id=pull_id):
        check_source(source, night)


def admit_warehouse(conn: psycopg.Connection[Any], night: date) -> None:
    """Check the warehouse before anything of a night is written to it, and write the verdict.

    Args:
        conn: as of ``admit_source``.
        night: the night that counts.

    Raises:
        ResidencyRefused: it is outside the EU/EEA, or its host's name contradicts what places.yaml declares.
    """
    with _written(conn, "store_checked", night, WAREHOUSE):
        sites.check(sites.warehouse().at_hosts(*connections.hosts(WAREHOUSE)), night)


def admit_object_store(conn: psycopg.Connection[Any], source: str, night: date) -> None:
    """Check the object store of a source, if it has one, and write the verdict.

    Args:
        conn: as of ``admit_source``.
        source: name in sources.yaml.
        night: the night that counts.

    Raises:
        ResidencyRefused: it is outside the EU/EEA, not declared, or its endpoint contradicts what is declared.
    """
    if sources.named(source).object_store:
        with _written(conn, "store_checked", night, "object_store", source):
            if place := sites.object_store(source):
                sites.check(place, night)


def admit_destination(conn: psycopg.Connection[Any], name: str, on: date, *hosts: str | None) -> None:
    """Check a destination of places.yaml before anything is sent there, and write the verdict.

    Args:
        conn: as of ``admit_source``.
        name: of ``destinations``, such as ``access_packages``; one that is not declared is outside.
        on: the day that counts.
        hosts: names of the hosts that it is sent to, where there are any.

    Raises:
        ResidencyRefused: it is outside the EU/EEA, not declared, or a host's name contradicts what is declared.
    """
    with _written(conn, "destination_checked", on, name):
        sites.check(sites.destination(name).at_hosts(*hosts), on)


def admit_erasure_order(conn: psycopg.Connection[Any], source: str, on: date) -> None:
    """Check a source before an erasure order goes to it, and write the verdict.

    Args:
        conn: as of ``admit_source``.
        source: name in sources.yaml.
        on: the day that counts.

    Raises:
        ResidencyRefused: the source, its processor or a sub-processor is outside the EU/EEA.
    """
    with _written(conn, "destination_checked", on, "erasure_order", source):
        check_source(source, on)


def admit_mail(host: str | None, on: date) -> None:
    """Check the mail server before a mail is sent, and write the verdict where the warehouse can be reached.

    A mail may be about a warehouse that is down: then it is checked all the same, and the log holds the verdict.

    Args:
        host: name of the mail server.
        on: the day that counts.

    Raises:
        ResidencyRefused: it is outside the EU/EEA, not declared, or its name contradicts what is declared.
    """
    try:
        # A chain of evidence that somebody else holds must not hold back the mail.
        with connections.connect(WAREHOUSE, autocommit=True, options="-c statement_timeout=10s") as conn:
            return admit_destination(conn, sites.MAILS, on, host)
    except (SetupError, SourceDown, psycopg.Error) as error:
        _log.warning("the verdict on destination %s is not in the audit (%s)", sites.MAILS, type(error).__name__)
    sites.check(sites.destination(sites.MAILS).at_hosts(host), on)


@contextmanager
def _written(
    conn: psycopg.Connection[Any],
    kind: audit.Kind,
    night: date,
    rule: str | None = None,
    source: str | None = None,
    pull_id: UUID | None = None,
) -> Iterator[None]:
    """Write one verdict: inside where nothing is raised, and outside whatever is."""
    inside = False
    try:
        yield
        inside = True
    finally:
        audit.record(conn, kind, night=night, rule=rule, source=source, pull_id=pull_id, inside=inside)
