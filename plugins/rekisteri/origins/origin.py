"""What every origin can do, and which part of a table a pull asks for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import LiteralString, Protocol

from rekisteri.model import MOST_KEY_BYTES

WATERMARK = "_changed_at"
"""Alias by which a SELECT names its watermark: when the row last changed at its source. It is compared, never kept."""


STEM: LiteralString = "left({key}, -1)"
BUCKETS: dict[str, LiteralString] = {
    "postgresql": "coalesce(hashtextextended({stem}, 0) & ({of} - 1), 0)",
    # The one hash that both sides have and that is quick.
    "mysql": "coalesce(crc32(convert_to({stem}, 'UTF8')) & ({of} - 1), 0)",
}
"""Into which bucket a key falls, as the warehouse and that kind of source both reckon it; no key is in the first.

Of its stem: keys that differ in their last character only share one, as do numbers that follow each other, which were
often made, and are often changed, together. Where rows lie in the order of their keys, so do their buckets, and summing
them takes two thirds of the time.
"""
HASHES: dict[str, LiteralString] = {
    # md5 finds changes, it protects nothing.
    "mysql": "('x' || left(md5({cells}), 15))::bit(60)::bigint",
}
"""A row's hash as that kind of source sums it, where the warehouse can reckon it from the texts that were sent."""


LONG_KEY = MOST_KEY_BYTES // 4
"""Characters up to which a key is no longer than it may be, whatever they are: each has four bytes at most."""


@dataclass(frozen=True)
class Part:
    """The rows of an entity that are read: those of some buckets, those of some keys, those changed since a time.

    Rows without a key are always among them: no bucket and no key finds them again.
    """

    of: int = 1
    """How many buckets there are, a power of two."""
    buckets: list[int] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    since: str | None = None
    """Read what changed at this time of the watermark or later; text as the source wrote it."""
    oversized: bool = False
    """Read all whose key is longer than LONG_KEY: some of them have none that is known here."""


class Origin(Protocol):
    """A source in one read-only snapshot. ``query`` is always one SELECT without a closing semicolon."""

    kind: str
    """What SQL it speaks; a key of BUCKETS where it gives sums."""
    form: LiteralString
    """Options of the COPY that reads the blocks of :meth:`copy`, its format first."""

    def columns(self, query: str) -> list[str]:
        """Return the names of the columns that a query delivers, in its order."""

    def copy(self, query: str, columns: list[str]) -> Iterator[bytes]:
        """Yield the columns' values as blocks that PostgreSQL's COPY reads with the options ``form``."""

    def part(self, query: str, part: Part) -> str:
        """Return the query narrowed to a part of its rows."""

    def sums(self, query: str, columns: list[str], of: int) -> Iterator[bytes]:
        """Yield, as blocks of COPY text, per bucket of keys its number, its rows and a sum over the columns' values."""

    def totals(self, query: str, columns: list[str]) -> tuple[int, dict[str, Decimal | None]]:
        """Return how many rows a query has, and per column their sum; None where it is no number at the source."""

    def newest(self, query: str) -> tuple[str | None, str]:
        """Return the newest watermark, or None where there are no rows, and the source's own clock, as text."""

    def share(self) -> str | None:
        """Return the name of the snapshot that further connections may join, where the source can do that."""

    def close(self) -> None:
        """End the snapshot."""
