"""Pseudonyms: keyed, per kind, stable; and nothing that a dictionary attack without the key could match."""

import base64
import hashlib
import hmac
import re
import subprocess
import sys
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekisteri import connections, pseudonyms
from rekisteri.errors import SetupError

KEYS = {"person": bytes(range(32)), "company": bytes(range(32, 64))}


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    held = {f"rekisteri_key_pseudonym_{kind}_v1": key for kind, key in KEYS.items()}
    monkeypatch.setattr(connections, "secret", held.__getitem__)


def _subjects(conn: psycopg.Connection[Any], persons: int = 3, companies: int = 2) -> dict[UUID, str]:
    kinds = ["person"] * persons + ["company"] * companies
    rows = conn.execute(
        "insert into register.subject (kind) select unnest(%s::text[]) returning subject_id, kind", (kinds,)
    ).fetchall()
    return dict(rows)


def _given(conn: psycopg.Connection[Any]) -> dict[UUID, str]:
    return dict(conn.execute("select subject_id, pseudonym from vault.pseudonym").fetchall())


def test_a_token_is_hmac_sha256_of_format_and_value() -> None:
    expected = hmac.new(b"k" * 32, b"email:a@b.example", hashlib.sha256).digest()
    assert pseudonyms.token(b"k" * 32, "email", "a@b.example") == expected
    assert pseudonyms.tokens(b"k" * 32, "email", ["x", "a@b.example"])[1] == expected


@given(st.text(), st.text())
def test_tokens_differ_by_value_and_by_format(one: str, other: str) -> None:
    key = b"k" * 32
    assert (pseudonyms.token(key, "email", one) == pseudonyms.token(key, "email", other)) == (one == other)
    assert pseudonyms.token(key, "email", one) != pseudonyms.token(key, "phone", one)


def test_every_subject_gets_one_and_a_second_run_none(warehouse: psycopg.Connection[Any]) -> None:
    subjects = _subjects(warehouse)
    assert pseudonyms.assign(warehouse) == 5
    first = _given(warehouse)
    assert first.keys() == subjects.keys()
    assert len(set(first.values())) == 5
    for subject_id, kind in subjects.items():
        assert re.fullmatch(r"[pc]_[a-z2-7]{26}", first[subject_id])
        assert first[subject_id][0] == kind[0]
    assert pseudonyms.assign(warehouse) == 0
    _subjects(warehouse, 1, 0)
    assert pseudonyms.assign(warehouse) == 1
    assert first.items() <= _given(warehouse).items()


def test_other_domain_other_pseudonyms(warehouse: psycopg.Connection[Any]) -> None:
    _subjects(warehouse)
    pseudonyms.assign(warehouse)
    pseudonyms.assign(warehouse, "research")
    rows = warehouse.execute("select count(*), count(distinct pseudonym) from vault.pseudonym").fetchone()
    assert rows == (10, 10)


def test_many_subjects_come_in_parts(warehouse: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pseudonyms, "_AT_ONCE", 7)
    _subjects(warehouse, 50, 25)
    assert pseudonyms.assign(warehouse) == 75


def test_persons_and_companies_have_different_keys(warehouse: psycopg.Connection[Any]) -> None:
    subjects = _subjects(warehouse, 20, 20)
    pseudonyms.assign(warehouse)
    for subject_id, held in _given(warehouse).items():
        kind = subjects[subject_id]
        other = "company" if kind == "person" else "person"
        assert held == pseudonyms.pseudonym(KEYS[kind], "analytics", kind, subject_id)
        assert held[2:] != pseudonyms.pseudonym(KEYS[other], "analytics", other, subject_id)[2:]


def test_without_the_key_the_ids_themselves_match_nothing(warehouse: psycopg.Connection[Any]) -> None:
    subjects = _subjects(warehouse, 20, 20)
    pseudonyms.assign(warehouse)
    held = {p[2:] for p in _given(warehouse).values()}
    for subject_id in subjects:
        for text in (f"analytics:{subject_id}", str(subject_id), subject_id.hex):
            for tried in (hashlib.sha256(text.encode()).digest(), hmac.digest(b"guess" * 7, text.encode(), "sha256")):
                assert base64.b32encode(tried).decode().lower()[:26] not in held


def test_a_missing_key_stops_it(warehouse: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> bytes:
        raise SetupError(name)

    monkeypatch.setattr(connections, "secret", missing)
    _subjects(warehouse)
    with pytest.raises(SetupError):
        pseudonyms.assign(warehouse)
    assert _given(warehouse) == {}


def test_keys_are_in_no_statement(warehouse: psycopg.Connection[Any], admin: psycopg.Connection[Any]) -> None:
    _subjects(warehouse)
    said: list[str] = []
    original = psycopg.Cursor.execute

    def listen(self: Any, query: Any, params: Any = None, **more: Any) -> Any:
        said.append(f"{query} {params}")
        return original(self, query, params, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", listen)
        pseudonyms.assign(warehouse)
    assert said
    for key in KEYS.values():
        assert not [s for s in said if key.hex() in s.lower() or repr(key)[2:-1] in s]


def test_importing_it_is_cheap() -> None:
    heavy = "{'pandas', 'airflow', 'great_expectations'}"
    slow = f"import sys, rekisteri.pseudonyms; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", slow], check=False).returncode == 0
