"""The scope of a pull: what of each entity is read, from what the source says has changed."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import psycopg

from rekisteri import bucket_sums, changes, sources, watermarks
from rekisteri.asked import Asked
from rekisteri.changes import MOST_KEYS, Seen
from rekisteri.errors import SourceDown, SourceError
from rekisteri.origins import BUCKETS, STEM, Origin, Part
from rekisteri.origins.origin import WATERMARK
from rekisteri.pulls import Pull
from rekisteri.sources import Source


def settle(warehouse: psycopg.Connection[Any], origin: Origin, pull: Pull, entry: Source) -> list[Asked]:
    """Return what to read of each entity, parents before children.

    Args:
        warehouse: the pull's connection to the warehouse.
        origin: the source, in the snapshot that is then read.
        pull: the pull.
        entry: the source's entry in sources.yaml.

    Raises:
        SourceError: the source refuses a SELECT, or names no date and time as its watermark.
    """
    known = changes.seen(warehouse, pull.source)
    found = []
    for entity in sources.entities(pull.source):
        with named(pull.source, entity):
            whole = describe(origin, pull, entity, sources.select(pull.source, entity))
            before = known.get(entity)
            if before and before.shape == whole.shape and not pull.full_asked:
                found.append(_narrowed(warehouse, origin, pull, entry, whole, before))
            else:
                found.append(whole)
    if any(one.part != "same" for one in found):
        found = [_with_waiting(warehouse, pull, one) for one in found]
    return found


def _narrowed(
    warehouse: psycopg.Connection[Any], origin: Origin, pull: Pull, entry: Source, whole: Asked, before: Seen
) -> Asked:
    marked = whole.watermarked and before.watermark is not None
    if not marked and (whole.watermarked or origin.kind not in BUCKETS):
        # Without one to begin at, a watermark tells nothing: a row's first change would be missed.
        return whole
    begin = watermarks.since(str(before.watermark), entry.overlap) if marked else None
    if origin.kind not in BUCKETS or before.buckets is None:
        bucket_sums.take_keys(warehouse, origin, pull, whole)
        unknown = changes.unknown_keys(warehouse, pull, whole.entity)
        keys = [key for key in unknown if key is not None]
        part = Part(keys=keys, since=begin, oversized=len(keys) < len(unknown))
        return whole if len(unknown) > MOST_KEYS else replace(whole, part="part", read=part)
    bucket_sums.take_sums(warehouse, origin, pull, whole, before.buckets)
    differ = changes.differing(warehouse, pull, whole, before.buckets)
    if len(differ) * 2 > before.buckets:
        return whole
    part = Part(before.buckets, differ, since=begin)
    return replace(whole, part="part" if differ or begin else "same", read=part, buckets=before.buckets)


def _with_waiting(warehouse: psycopg.Connection[Any], pull: Pull, asked: Asked) -> Asked:
    """Ask for what waits in quarantine as well: something changed, and it may be what they wait for."""
    if asked.part == "full" or asked.read is None:
        return asked
    waiting = changes.waiting_keys(warehouse, pull.source, asked.entity)
    if not waiting:
        return asked
    keys = [*asked.read.keys, *(key for key in waiting if key is not None)]
    if len(keys) > MOST_KEYS:
        return replace(asked, part="full", read=None)
    # What has none that is known here may be too long to be one.
    oversized = asked.read.oversized or None in waiting
    return replace(asked, part="part", read=replace(asked.read, keys=keys, oversized=oversized))


def describe(origin: Origin, pull: Pull, entity: str, query: str) -> Asked:
    """Return an entity as its source describes it, asked for whole."""
    names = origin.columns(query)
    columns = [name for name in names if name != WATERMARK]
    decides = (pull.rules_version, query, names, origin.kind, STEM, BUCKETS.get(origin.kind))
    shape = hashlib.sha256(repr(decides).encode()).hexdigest()[:16]
    return Asked(entity, query, columns, WATERMARK in names, shape)


@contextmanager
def named(source: str, entity: str) -> Iterator[None]:
    """Say in an error of a source which SELECT it is about."""
    try:
        yield
    except SourceError as error:
        where = f"include/sql/extract/{source}/{entity}.sql"
        raise (SourceDown if isinstance(error, SourceDown) else SourceError)(f"{where}: {error}") from None
