"""The evidence: every verdict as one entry of an append-only, hash-chained table without customer data.

    record, record_many   in the caller's transaction, as its last statement: the chain is locked until it ends
    keep_head             after the commit: the newest hash goes to a file outside the database (audit_heads)
    verify                follows the chain and recomputes each hash, not with the database's function (audit_chain)

It shows any change, gap, reorder, insertion or cut tail up to the newest head kept outside, whoever made it. It
cannot show an entry that a superuser appends as the pipeline would; nor a tail that is cut in the table *and* in the
heads' file, which is why production keeps that file where the database's administrator cannot write.
"""

import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import pq
from psycopg.rows import tuple_row

from rekisteri import audit_heads, statements
from rekisteri.audit_chain import Chain, span
from rekisteri.audit_entry import Entry, EntryRefused, Kind, Number, is_staff
from rekisteri.errors import AuditBroken

__all__ = [
    "BEFORE_A_HEAD", "Entry", "EntryRefused", "Kind", "Number", "Verification", "is_staff", "keep_head", "record",
    "record_many", "verify",
]  # fmt: skip

BEFORE_A_HEAD = frozenset({
    "pull_started", "source_checked", "processor_checked", "store_checked", "destination_checked", "stop_accepted",
    "schema_drift", "arrived", "rows_refused", "residency_verdict", "pull_refused", "pull_stopped",
})  # fmt: skip
"""Kinds that come before the merge, the first step of a night that keeps a head."""
WITNESS_WITHIN = 3600.0  # seconds from an entry to a head kept outside; beyond it, verify asks why there is none


def record(
    where: psycopg.Connection[Any] | psycopg.Cursor[Any],
    kind: Kind,
    *,
    pull_id: UUID | str | None = None,
    night: date | None = None,
    source: str | None = None,
    entity: str | None = None,
    rule: str | None = None,
    column: str | None = None,
    staff: str | None = None,
    plan_checksum: str | None = None,
    **numbers: Number,
) -> int:
    """Write one entry in the caller's transaction and return its seq (GDPR Art. 5(2)).

    The chain stays locked until that transaction ends: call it last, at read committed.

    Args:
        where: connection of the pipeline or the DPO, or a cursor of it (whose own result is left alone).
        kind: what the entry is evidence of.
        pull_id: the pull it belongs to.
        night: the night it belongs to.
        source: name of the source.
        entity: name of the entity.
        rule: name of the rule that decided.
        column: name of the column.
        staff: id of the member of staff who decided, never a name or an address.
        plan_checksum: the plan's checksum, 64 hex digits.
        numbers: what was counted, by name.

    Raises:
        EntryRefused: a field holds what the evidence may not hold.
    """
    entry = Entry(kind, pull_id, night, source, entity, rule, column, staff, plan_checksum, numbers)
    return record_many(where, [entry])[0]


def record_many(where: psycopg.Connection[Any] | psycopg.Cursor[Any], entries: Iterable[Entry]) -> list[int]:
    """Write entries in the given order in the caller's transaction and return their seqs; see ``record``.

    Raises:
        EntryRefused: a field holds what the evidence may not hold; then none is written.
    """
    bound = [entry.bound() for entry in entries]
    connection = where.connection if isinstance(where, psycopg.Cursor) else where
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.executemany(statements.load("audit/record"), bound, returning=True)
        return [row[0] for _ in cursor.results() for row in cursor] if bound else []


@dataclass(frozen=True)
class Verification:
    """What ``verify`` found: ``findings`` name the entry and what is wrong; ``unwitnessed`` are newer than any head."""

    entries: int
    intact: bool
    findings: tuple[str, ...]
    heads: int = 0
    unwitnessed: int = 0
    no_head_yet: bool = False
    """Nothing tells of a step that keeps a head: before the first night has ended there is none."""


def _walk(conn: psycopg.Connection[Any], chain: Chain, first: int | None = None) -> None:
    # One statement is one snapshot; a cursor at the server keeps memory flat.
    with conn.transaction(), conn.cursor(f"audit_{uuid4().hex}", row_factory=tuple_row) as rows:
        rows.itersize = 2000
        rows.execute(statements.load("audit/entries"), {"first": first})
        for row in rows:
            chain.follow(row)
    chain.end()


def verify(conn: psycopg.Connection[Any], *, witness_within: float = WITNESS_WITHIN) -> Verification:
    """Follow the whole chain and tell what was done to it; memory stays flat.

    Args:
        conn: any login that may read audit.entry.
        witness_within: seconds after which an entry that no head outside covers is a finding.
    """
    # The heads' length is taken before the database's snapshot: what is appended later is not in that snapshot.
    with closing(audit_heads.read()) as heads:
        chain = Chain(heads)
        _walk(conn, chain)
    _require_heads(chain, witness_within)
    # So looks the evidence of a first night that has not ended, and evidence that was cut back to one.
    young = bool(chain.entries) and chain.kinds <= BEFORE_A_HEAD and not audit_heads.path().exists()
    if chain.untold:
        chain.findings.append(f"and {chain.untold} findings more")
    findings = tuple(chain.findings)
    return Verification(chain.entries, not findings, findings, chain.witnessed, chain.unwitnessed, young)


def _require_heads(chain: Chain, witness_within: float) -> None:
    if chain.entries and not chain.witnessed:
        chain.finding(
            f"no head is kept in {audit_heads.path()}: whether the tail was cut cannot be told (head missing)"
        )
    elif chain.unwitnessed_since is not None and not time.time() - chain.unwitnessed_since <= witness_within:
        chain.finding(
            f"{span(chain.seq - chain.unwitnessed + 1, chain.seq)} newer than any head kept outside, and not new: "
            "a run that was killed before it kept its head (run it again), or forged (unwitnessed)"
        )


def keep_head(conn: psycopg.Connection[Any]) -> None:
    """Keep the chain's newest hash outside the database; call it after the commit, from any number of processes.

    What came since the last kept head is followed first, so that a broken chain is told and not countersigned.

    Args:
        conn: a login that may read audit.entry, with no transaction open.

    Raises:
        AuditBroken: a transaction is open, the chain does not lead on from the last kept head, or the heads' file
            cannot be read.
    """
    if conn.info.transaction_status != pq.TransactionStatus.IDLE:
        raise AuditBroken("keep_head keeps what is committed: commit or roll back first")
    with audit_heads.opened() as heads:
        kept = heads.newest()
        chain = Chain(iter(()))
        if kept:
            chain = Chain(iter((kept,)), seq=kept.seq - 1, hash=None)
        _walk(conn, chain, kept.seq if kept else None)
        if chain.findings:
            raise AuditBroken(
                f"{chain.findings[0]}; no head was kept. Read `rekisteri audit verify`; after a restore from a backup, "
                f"put {audit_heads.path()} away beside the backup's papers and begin a new one"
            )
        if chain.entries and chain.hash and (kept is None or chain.seq > kept.seq):
            heads.append(chain.seq, chain.hash)
