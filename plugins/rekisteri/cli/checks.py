"""What `rekisteri check` looks at before anything runs: every policy file, every extract, every analyst table."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rekisteri.residency.sites import Declared


def findings(on: date) -> list[str]:
    """Return what is wrong, a sentence each with file, line and remedy; empty when all is sound.

    Args:
        on: the day that counts for where processors may hold data.
    """
    # The same fault in a file that two of them read is told once.
    return list(dict.fromkeys(sentence for look in _looks(on) for sentence in _found(look)))


def _looks(on: date) -> Iterator[Callable[[], Iterable[str]]]:
    from rekisteri import (
        conforming,
        controller,
        expectation_checks,
        extracts,
        policy,
        publication_policy,
        quality_checks,
        retention_policy,
        rules,
        subjects,
    )
    from rekisteri.drift import personal_names
    from rekisteri.residency import atlas, processors

    yield extracts.check
    yield partial(_admitted, on)
    yield _connected
    yield publication_policy.check
    yield quality_checks.check
    yield expectation_checks.check
    readers: tuple[Callable[[], Any], ...] = (
        retention_policy.read,
        controller.read,
        subjects.identity,
        partial(policy.load_policy, "conforming.yaml", conforming.Conforming),
        rules.policy,
        processors.register,
        atlas.atlas,
        personal_names.read,
    )
    for reader in readers:
        yield partial(_readable, reader)


def _readable(read: Callable[[], Any]) -> Iterable[str]:
    read()
    return ()


def _admitted(on: date) -> Iterator[str]:
    """Yield which places, of sources, stores and destinations, are outside the EU/EEA or not as declared."""
    from rekisteri import sources
    from rekisteri.errors import PolicyError, RekisteriError
    from rekisteri.residency import admission, sites

    try:
        declared = sources.read()
    except PolicyError:
        return  # extracts.check tells it
    looks: list[tuple[str, Callable[[], Declared | None]]] = [
        ("the warehouse", partial(_at_its_hosts, sites.warehouse, admission.WAREHOUSE))
    ]
    for name, entry in declared.items():
        looks.append((f"source {name!r}", partial(_at_its_hosts, partial(sites.source, name), entry.connection)))
        looks.append((f"the object store of source {name!r}", partial(sites.object_store, name)))
    named = {*sites.places().destinations, *sites.DESTINATIONS}
    looks += [(f"destination {name!r}", partial(sites.destination, name)) for name in sorted(named)]
    for title, look in looks:
        try:
            if place := look():
                sites.check(place, on)
        except PolicyError as error:
            yield from str(error).splitlines()
        except RekisteriError as error:
            yield str(error) if str(error).startswith(title) else f"{title}: {error}"


def _connected() -> Iterator[str]:
    """Yield which sources have no connection, where a file tells; a secrets backend is asked by the pull only."""
    from rekisteri import connections, policy_lines, sources
    from rekisteri.errors import PolicyError

    try:
        declared, lines = sources.read(), policy_lines.read(sources.FILE)[1]
    except PolicyError:
        return  # extracts.check tells it
    for name, entry in declared.items():
        if said := connections.missing(entry.connection):
            where = policy_lines.at(policy_lines.located(sources.FILE), lines["sources", name, "connection"])
            yield f"{where}: source {name!r}: {said}"


def _at_its_hosts(make: "Callable[[], Declared]", conn_id: str) -> "Declared":
    """Return a place with the hosts that its connection leads to, where connections can be read here."""
    from rekisteri import connections
    from rekisteri.errors import SetupError

    place = make()
    try:
        return place.at_hosts(*connections.hosts(conn_id)) if connections.at_hand() else place
    except SetupError:
        return place  # the pull itself asks for it


def _found(look: Callable[[], Iterable[str]]) -> list[str]:
    from rekisteri.errors import RekisteriError

    try:
        return list(look())
    except RekisteriError as error:
        return str(error).splitlines()
