"""The evidence chain, followed: each hash is recomputed here, apart from the database's own function."""

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from rekisteri.audit_heads import Head

GENESIS = bytes(32)
FINDINGS = 100  # as many are told one by one; the rest is counted


@dataclass
class Chain:
    """Follows the chain beside the heads kept outside, holding one of each.

    Args:
        heads: the heads, oldest first; a text in place of an unreadable one.
        seq: the entry before the first that will be followed.
        hash: its hash, None where it is not known; then the first link is not looked at.
    """

    heads: Iterator[Head | str]
    seq: int = 0
    hash: bytes | None = GENESIS
    at: float = -math.inf  # seconds since 1970
    entries: int = 0
    witnessed: int = 0
    unwitnessed: int = 0
    unwitnessed_since: float | None = None
    findings: list[str] = field(default_factory=list)
    untold: int = 0
    head: Head | None = None
    kinds: set[str | None] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._next_head()

    def finding(self, message: str) -> None:
        """Note what does not fit."""
        if len(self.findings) < FINDINGS:
            self.findings.append(message)
        else:
            self.untold += 1

    def _next_head(self) -> None:
        seq = self.head.seq if self.head else 0
        for head in self.heads:
            if isinstance(head, str):
                self.finding(head)
            elif head.seq <= seq:
                self.finding(
                    f"head of entry {head.seq}, kept {head.at}: stands after that of entry {seq} (reordered heads)"
                )
            else:
                self.head, self.witnessed = head, self.witnessed + 1
                return
        self.head = None

    def follow(self, row: Sequence[Any]) -> None:
        """Compare one entry with its own hash, with the one before it and with the heads.

        Args:
            row: as include/sql/audit/entries.sql gives it.
        """
        seq, *fields, previous, digest = row
        self.entries += 1
        self.kinds.add(fields[2])
        if seq is None or seq <= self.seq:
            self.finding(f"entry {seq}: stands a second time or after entry {self.seq} (inserted or reordered)")
            return
        gap = seq > self.seq + 1
        if gap:
            self.finding(f"{span(self.seq + 1, seq - 1)} missing (gap)")
        self._compare(seq, fields, previous, digest, gap)
        at = float(fields[1] or "nan")
        if not at >= self.at:  # written so that an emptied date is told, too
            self.finding(f"entry {seq}: is dated before the entry it follows (changed or reordered)")
        self._witness(seq, digest, at)
        self.seq, self.hash, self.at = seq, digest, at

    def _compare(self, seq: int, fields: Sequence[str | None], previous: bytes, digest: bytes, gap: bool) -> None:
        fits = hashlib.sha256((previous or b"") + _canonical(fields)).digest() == digest
        follows = gap or self.hash is None or previous == self.hash
        if not fits and follows:
            self.finding(f"entry {seq}: its contents do not give its hash (changed)")
        elif fits and not follows:
            self.finding(f"entry {seq}: does not follow from the entry before it (reordered, inserted or rewritten)")
        elif not fits:
            self.finding(f"entry {seq}: neither its contents nor its link fit (reordered or replaced)")

    def _witness(self, seq: int, digest: bytes, at: float) -> None:
        while self.head and self.head.seq < seq:
            self._next_head()
        if self.head is None:
            self.unwitnessed += 1
            self.unwitnessed_since = at if self.unwitnessed_since is None else self.unwitnessed_since
        elif self.head.seq == seq:
            if self.head.hash != digest:
                self.finding(
                    f"entry {seq}: is not the one whose head was kept {self.head.at} (head mismatch: rewritten)"
                )
            self._next_head()

    def end(self) -> None:
        """Look at the heads beyond the last entry: what they witnessed is gone."""
        newest = None
        while self.head:
            newest = self.head
            self._next_head()
        if newest:
            self.finding(f"{span(self.seq + 1, newest.seq)} missing: a head kept {newest.at} names the last (cut tail)")


def span(first: int, last: int) -> str:
    """Return entries ``first`` to ``last`` as the subject of a sentence."""
    return f"entry {first} is" if first == last else f"entries {first} to {last} are"


def _canonical(fields: Sequence[str | None]) -> bytes:
    # Each field led by its length in bytes, null as "-": the same as in 40_record.sql, written apart from it.
    encoded = (None if text is None else text.encode() for text in fields)
    return b",".join(b"-" if text is None else b"%d:%b" % (len(text), text) for text in encoded)
