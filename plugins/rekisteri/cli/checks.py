"""What `rekisteri check` looks at before anything runs: every policy file, every extract, every analyst table."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import partial
from typing import Any


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
        retention_policy,
        rules,
        subjects,
    )
    from rekisteri.residency import atlas, processors

    yield extracts.check
    yield partial(_admitted, on)
    yield publication_policy.check
    yield expectation_checks.check
    readers: tuple[Callable[[], Any], ...] = (
        retention_policy.read,
        controller.read,
        subjects.identity,
        partial(policy.load_policy, "conforming.yaml", conforming.Conforming),
        rules.policy,
        processors.register,
        atlas.atlas,
    )
    for reader in readers:
        yield partial(_readable, reader)


def _readable(read: Callable[[], Any]) -> Iterable[str]:
    read()
    return ()


def _admitted(on: date) -> Iterator[str]:
    """Yield why a source may not be contacted: its processor or its host is outside the EU/EEA or not declared."""
    from rekisteri import sources
    from rekisteri.errors import PolicyError, RekisteriError
    from rekisteri.residency import check_source

    try:
        declared = sources.read()
    except PolicyError:
        return  # extracts.check tells it
    for name, source in declared.items():
        try:
            check_source(source.processor, source.location, source.provider, on)
        except RekisteriError as error:
            yield f"source {name!r}: {error}"


def _found(look: Callable[[], Iterable[str]]) -> list[str]:
    from rekisteri.errors import RekisteriError

    try:
        return list(look())
    except RekisteriError as error:
        return str(error).splitlines()
