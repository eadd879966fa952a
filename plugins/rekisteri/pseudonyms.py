"""Keyed tokens, and the pseudonyms that stand for subjects in the analysts' domain (EDPB 01/2025, ENISA 2019).

A pseudonym is a keyed function of the subject's random id, with one key for persons and another for companies:
without the key nobody can try out names, addresses or ids against it. The keys come from the secrets backend and
never reach a statement, a table or a log; the table subject -> pseudonym is in the schema ``vault``.
"""

import base64
import hmac
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import tuple_row

from rekisteri import connections
from rekisteri.statements import load

KEY_VERSION = 1
"""Version of the keys in use; a rotation adds the next one beside it."""
TOMBSTONE_KEY = f"rekisteri_key_tombstone_v{KEY_VERSION}"
"""Variable that holds the key of identifier tombstones."""
_PREFIXES = {"person": "p_", "company": "c_"}
_LETTERS = 26  # of base32: 130 bits
_AT_ONCE = 10_000  # subjects held in memory


def token(key: bytes, format: str, value: str) -> bytes:
    """Return the keyed token of one conformed value: HMAC-SHA-256, 32 bytes.

    Args:
        key: at least 16 random bytes.
        format: what the value is, such as ``email``; equal texts of unlike formats get unlike tokens.
        value: the conformed value (e-mail case-folded, phone E.164, y_tunnus 1234567-8).
    """
    return hmac.digest(key, f"{format}:{value}".encode(), "sha256")


def tokens(key: bytes, format: str, values: Sequence[str]) -> list[bytes]:
    """Return the keyed token of each value, in the given order; see ``token``."""
    return [token(key, format, value) for value in values]


def pseudonym(key: bytes, domain: str, kind: str, subject_id: UUID) -> str:
    """Return what stands for a subject in a domain: ``p_`` or ``c_`` and 26 letters of base32.

    Args:
        key: the key of this kind of subject.
        domain: pseudonymisation domain; part of what is keyed.
        kind: ``person`` or ``company``.
        subject_id: the subject's random id, which no source knows.
    """
    letters = base64.b32encode(token(key, domain, str(subject_id))).decode().lower()
    return _PREFIXES[kind] + letters[:_LETTERS]


def assign(conn: psycopg.Connection[Any], domain: str = "analytics") -> int:
    """Give every subject that lacks one its pseudonym, in one transaction, and return how many were given.

    Args:
        conn: the pipeline's connection to the warehouse.
        domain: pseudonymisation domain.

    Raises:
        SetupError: a key is missing or too short.
    """
    # A different key for persons and for companies (register.md, Pseudonymisation, 4).
    keys = {kind: connections.secret(f"rekisteri_key_pseudonym_{kind}_v{KEY_VERSION}") for kind in _PREFIXES}
    bound = {"domain": domain, "key_version": KEY_VERSION}
    given = 0
    with conn.transaction(), conn.cursor(f"subjects_{uuid4().hex}", row_factory=tuple_row) as lacking:
        lacking.execute(load("pseudonyms/lacking"), bound)
        while subjects := lacking.fetchmany(_AT_ONCE):
            given += _give(conn, bound, ((s, pseudonym(keys[kind], domain, kind, s)) for s, kind in subjects))
    return given


def _give(conn: psycopg.Connection[Any], bound: dict[str, Any], made: Iterable[tuple[UUID, str]]) -> int:
    subjects, pseudonyms = zip(*made, strict=True)
    return conn.execute(
        load("pseudonyms/give"), bound | {"subjects": list(subjects), "pseudonyms": list(pseudonyms)}
    ).rowcount
