"""What finds changes: sums that differ when anything does, buckets that both sides reckon alike, exact parts."""

from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from psycopg.sql import SQL, Literal

from rekisteri import connections
from rekisteri.errors import SourceError
from rekisteri.origins import BUCKETS, STEM, Origin, Part
from tests.origins.conftest import Place, Row, arrived, database, postgres_uri, reachable, read

KEYS = [
    "1", "01", "1.0", "A", "a", "ä", "a\u0308", "å", "🙂", " 1", "1 ", "1\t", "", "k" * 200, "it's", '"', "\\", "\\N",
    "%s", "100%", "{key}", "{0}", ":name", "?", "$1", "NULL", "\\'; drop table t; --", "\u0001\u001f", "'", "`",
    "x'41'",
]  # fmt: skip
OF = 64


@pytest.fixture
def keyed(place: Place) -> Place:
    """A table of odd keys, and of two rows without one."""
    place.fill(
        "t", "k varchar(250), v text", [*((key, f"v {n}") for n, key in enumerate(KEYS)), (None, "x"), (None, "y")]
    )
    return place


QUERY = "select k as source_key, v from t"


def buckets(origin: Origin, query: str, columns: list[str], of: int = OF) -> dict[str, Row]:
    """Return rows and sum of each bucket."""
    return {str(bucket): rest for bucket, *rest in arrived(origin.sums(query, columns, of), 3)}  # type: ignore[misc]


def reckoned(kind: str, keys: list[str | None], of: int = OF) -> Counter[str]:
    """Return how many of the keys fall into each bucket as the warehouse reckons it."""
    with connections.connect("postgres_admin") as conn:
        bucket = SQL(BUCKETS[kind]).format(stem=SQL(STEM).format(key=SQL("key")), of=Literal(of))
        found = conn.execute(SQL("select ({})::text from unnest(%s::text[]) as key").format(bucket), (keys,))
        return Counter(row[0] for row in found)


def test_a_key_falls_into_the_same_bucket_here_and_there(keyed: Place) -> None:
    with keyed.open() as origin:
        if origin.kind not in BUCKETS:
            with pytest.raises(SourceError, match="gives no sums"):
                list(origin.sums(QUERY, ["source_key"], OF))
            return
        found = buckets(origin, QUERY, ["source_key", "v"])
        keys = [key for key, _ in read(origin, QUERY)]
        assert {bucket: int(str(rows)) for bucket, (rows, _) in found.items()} == reckoned(origin.kind, keys)
        assert len(found) > 15


KEY_TYPES = {
    "postgresql": {
        "char(6)": ["ab", "åäö"], "citext_like varchar(9)": ["Ab "], "inet": ["10.0.0.1"], "boolean": ["true"],
        "numeric": ["1.50"], "bigint": ["-7"], "uuid": ["6ba7b810-9dad-11d1-80b4-00c04fd430c8"], "bytea": ["\\xff00"],
        "timestamptz": ["2026-07-01 10:00+03"], "double precision": ["0.1"],
    },
    "mariadb": {
        "char(6)": ["ab", "åäö"], "varchar(9) character set latin1": ["Åke €"], "binary(4)": ["ab"],
        "varbinary(9)": ["åb"], "bigint unsigned": ["18446744073709551615"], "int(6) zerofill": ["42"],
        "decimal(9,2)": ["1.5"], "bit(9)": ["a"], "float": ["1234567"], "datetime": ["2026-07-01 10:00"],
        "timestamp": ["2026-07-01 10:00"], "uuid": ["6ba7b810-9dad-11d1-80b4-00c04fd430c8"], "enum('å','b')": ["å"],
    },
}  # fmt: skip


@pytest.mark.parametrize(("kind", "of_type"), [(kind, of) for kind, types in KEY_TYPES.items() for of in types])
def test_a_key_of_any_type_falls_into_the_bucket_of_what_arrives(
    kind: str, of_type: str, request: pytest.FixtureRequest
) -> None:
    place: Place = request.getfixturevalue({"postgresql": "postgres", "mariadb": "maria"}[kind])
    keys = KEY_TYPES[kind][of_type]
    place.fill("t", f"k {of_type.removeprefix('citext_like ')}", [(key,) for key in keys])
    query = "select k as source_key from t"
    with place.open() as origin:
        sent = [key for (key,) in read(origin, query)]
        assert {b: int(str(r)) for b, (r, _) in buckets(origin, query, ["source_key"]).items()} == reckoned(
            origin.kind, sent
        )
        assert sorted(read(origin, origin.part(query, Part(keys=[str(key) for key in sent])))) == sorted(
            (k,) for k in sent
        )


@pytest.mark.parametrize(("encoding", "kind"), [("LATIN1", "postgresql"), ("EUC_JP", "generic")])
def test_keys_of_a_source_in_another_encoding(home: Path, template: str, encoding: str, kind: str) -> None:
    with database("origin_other", encoding) as owner, reachable(home, postgres_uri("origin_other")):
        place = Place("postgresql", "postgresql", owner.execute)
        keys = ["a", "Åke", "ÿ "] if encoding == "LATIN1" else ["a", "山"]
        place.fill("t", "k text", [(key,) for key in keys])
        query = "select k as source_key from t"
        with place.open() as origin:
            assert origin.kind == kind
            assert [key for (key,) in read(origin, query)] == keys
            assert sorted(read(origin, origin.part(query, Part(keys=keys)))) == sorted((key,) for key in keys)
            if kind in BUCKETS:
                found = buckets(origin, query, ["source_key"])
                assert {b: int(str(r)) for b, (r, _) in found.items()} == reckoned(kind, list(keys))


# Pairs of cells of which no two may look alike, by value, by what is missing, or by where one ends.
CELLS: list[tuple[str | None, str | None]] = [
    ("a", "b"), ("ab", ""), ("", "ab"), ("ab", None), (None, "ab"), (None, None), ("", ""), ("", None), (None, ""),
    ("NULL", None), ("n", "n"), ("v", "v"), ("a\x1fvb", "c"), ("a", "b\x1fvc"), ("a\x1f", "b"), ("a", "\x1fb"),
    ("a\x1f\x1fvb", "c"), ("a", "b\x1f\x1fvc"), ("A", "b"), ("á", "b"), ("a ", "b"), ("a", "b "), ("a\t", "b"),
    ("a\n", "b"), ("\\N", ""), ("🙂", ""), ("🙃", ""), ("1", ""), ("1.0", ""), ("0x31", ""), ("a,b", "c"), ("a", "b,c"),
    ("(a", "b)"), ('"a"', "b"),
]  # fmt: skip


@pytest.mark.parametrize("kind", ["postgres", "maria"])
def test_no_two_rows_have_the_same_sum(kind: str, request: pytest.FixtureRequest) -> None:
    place: Place = request.getfixturevalue(kind)
    place.fill("t", "n int, a text, b text", [(n, *pair) for n, pair in enumerate(CELLS)])
    with place.open() as origin:
        found = {}
        for n, cells in enumerate(CELLS):
            ((rows, found[cells]),) = buckets(
                origin, f"select n as source_key, a, b from t where n = {n}", ["a", "b"]
            ).values()
            assert rows == "1"
    assert [(a, b) for a, b in combinations(CELLS, 2) if found[a] == found[b]] == []


TYPED: dict[str, list[tuple[str, str, str]]] = {
    "postgres": [
        ("numeric", "1.0", "1.00"), ("real", "1234567", "1234568"), ("double precision", "1", "1.0000000000000002"),
        ("json", "'{\"a\":1}'", "'{\"a\": 1}'"), ("bytea", "'\\x00'", "'\\x0000'"), ("boolean", "true", "false"),
        ("timestamptz", "'2026-07-01 10:00+03'", "'2026-07-01 10:00+02'"), ("text[]", "array['a,b']", "array['a','b']"),
        ("interval", "'1 month'", "'30 days'"), ("date", "null", "'infinity'"), ("time", "'00:00'", "'24:00'"),
    ],
    "maria": [
        ("float", "1234567", "1234568"), ("double", "1", "1.0000000000000002"), ("bit(3)", "b'1'", "b'101'"),
        ("varbinary(9)", "x'00'", "x'0000'"), ("varchar(9) collate utf8mb4_unicode_ci", "'a'", "'Ä'"),
        ("datetime(6)", "'2026-07-01 10:00'", "'2026-07-01 10:00:00.000001'"), ("date", "null", "'0000-00-00'"),
        ("decimal(9,3)", "1", "1.001"), ("varchar(9) character set latin1", "'é'", "'è'"), ("tinyint(1)", "1", "2"),
        ("enum('a','')", "'a'", "''"), ("longtext", "repeat('x', 60000)", "concat(repeat('x', 59999), 'y')"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", TYPED)
def test_any_change_of_any_type_changes_the_sum(kind: str, request: pytest.FixtureRequest) -> None:
    place: Place = request.getfixturevalue(kind)
    if kind == "maria":
        place.run("set session sql_mode = ''")
    alike = []
    for of_type, before, after in TYPED[kind]:
        found: list[Any] = []
        for value in (before, before, after):
            place.fill("t", f"k int, v {of_type}", [])
            place.run(f"insert into t values (1, {value})")
            with place.open() as origin:
                found.append(buckets(origin, "select k as source_key, v from t", ["source_key", "v"]))
        assert found[0] == found[1], of_type
        alike += [of_type] if found[0] == found[2] else []
    assert alike == []


def test_rows_that_are_alike_in_everything_do_not_hide_a_change(maria: Place) -> None:
    """In MariaDB, which adds; of a PostgreSQL source changes/differs.sql knows them (tests/pull/test_night.py)."""
    found = []
    for value in ("a", "b"):
        maria.fill("t", "k varchar(9), v text", [("1", value), ("1", value)])
        with maria.open() as origin:
            found.append(buckets(origin, QUERY, ["source_key", "v"]))
    assert found[0] != found[1]


def test_a_part_is_exactly_what_was_asked_for(keyed: Place) -> None:
    none = [(None, "x"), (None, "y")]
    with keyed.open() as origin:
        rows = read(origin, QUERY)
        for key in KEYS:
            asked = origin.part(QUERY, Part(keys=[key]))
            assert sorted(map(str, read(origin, asked))) == sorted(
                map(str, [r for r in rows if r[0] in (key, None)])
            ), key
        assert Counter(read(origin, origin.part(QUERY, Part(keys=KEYS)))) == Counter(rows)
        assert Counter(read(origin, origin.part(QUERY, Part()))) == Counter(none)
        if origin.kind not in BUCKETS:
            return
        for wanted in ([0], [1, 2, 3], list(range(OF))):
            here = {key for key in KEYS if set(reckoned(origin.kind, [key])) <= {str(one) for one in wanted}}
            found = read(origin, origin.part(QUERY, Part(of=OF, buckets=wanted)))
            assert Counter(found) == Counter([r for r in rows if r[0] is None or r[0] in here])


def test_a_part_by_watermark_takes_what_changed_since_and_what_does_not_say(place: Place) -> None:
    kind = {"mariadb": "datetime null", "sqlite": "text"}.get(place.kind, "timestamp")
    marks = ["2026-07-01 10:00:00", "2026-07-01 12:00:00", "2026-07-02 00:00:00", None]
    place.fill("t", f"k int, at {kind}", list(enumerate(marks)))
    query = "select k as source_key, at as _changed_at from t"
    with place.open() as origin:
        newest, clock = origin.newest(query)
        assert newest == "2026-07-02 00:00:00"
        assert clock.endswith(("+00", "+00:00"))
        found = read(origin, f"select source_key from ({origin.part(query, Part(since='2026-07-01 12:00:00'))}) as p")
        assert sorted(found) == [("1",), ("2",), ("3",)]
        assert origin.newest(f"{query} where k > 90")[0] is None


def test_a_timestamp_of_mariadb_is_a_moment_as_a_watermark_too(maria: Place) -> None:
    maria.run("set session time_zone = '+03:00'")
    maria.fill("t", "k int, at timestamp null", [(1, "2026-07-01 10:00:00"), (2, "2026-07-01 12:00:00")])
    query = "select k as source_key, at as _changed_at from t"
    with maria.open() as origin:
        assert origin.newest(query)[0] == "2026-07-01 09:00:00+00:00"
        part = origin.part(query, Part(since="2026-07-01 08:00:00+00:00"))
        assert read(origin, f"select source_key from ({part}) as p") == [("2",)]


def test_only_postgresql_shares_its_snapshot(keyed: Place) -> None:
    with keyed.open() as origin:
        assert (origin.share() is not None) == (keyed.kind == "postgresql")


def test_a_snapshot_does_not_see_what_comes_later(keyed: Place) -> None:
    with keyed.open() as origin:
        before = read(origin, QUERY)
        if keyed.kind == "sqlite":
            keyed.run("pragma busy_timeout = 0")
            with pytest.raises(Exception, match="locked"):
                keyed.run("delete from t")
            return
        keyed.run("delete from t")
        assert read(origin, QUERY) == before
