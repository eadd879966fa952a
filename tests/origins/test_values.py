"""A value arrives as it is at its source, whatever it is and whatever the source's settings are."""

from pathlib import Path

import pytest

from rekisteri.errors import SourceError
from rekisteri.origins import Part
from tests.mariadb import Server
from tests.origins.conftest import Place, arrived, database, opened, postgres_uri, reachable, read

TEXTS = [
    "tab\there",
    "line\nfeed",
    "carriage\rreturn\r\nboth",
    "back\\slash",
    "\\N",
    "\\.",
    "\\x41",
    "ends with a backslash\\",
    "NULL",
    "null",
    "",
    " ",
    "  padded  ",
    'it\'s "quoted" and `ticked`',
    "12,50",
    "1e5",
    "0042",
    "100 % of {this} :name ? $1 %s %(x)s",
    "Yrjö Åström",
    "🙂👩‍👩‍👧",
    "\u0001\u001f\u007f\u0085\u2028\ufeff",
    "a\u0308 ä",
    "x" * 60_000,
    None,
]


def test_texts_and_null_arrive_as_they_are(place: Place) -> None:
    place.fill("t", "n int, v text", list(enumerate(TEXTS)))
    with place.open() as origin:
        found = read(origin, "select n, v from t order by n")
    assert [v for _, v in found] == TEXTS


POSTGRES = {
    # what it is: (type, literal, what arrives)
    "yes": ("boolean", "true", "t"),
    "no": ("boolean", "false", "f"),
    "big": ("bigint", "-9223372036854775808", "-9223372036854775808"),
    "sum": ("numeric(14,2)", "1200.50", "1200.50"),
    "wide": ("numeric", "123456789012345678901234567890.000000001", "123456789012345678901234567890.000000001"),
    "not_a_number": ("numeric", "'NaN'", "NaN"),
    "half": ("real", "12.34", "12.34"),
    "third": ("double precision", "1::float8 / 3", "0.3333333333333333"),
    "far": ("date", "'4712-01-01 BC'", "4712-01-01 BC"),
    "day": ("date", "'2026-02-01'", "2026-02-01"),
    "clock": ("time", "'23:59:59.5'", "23:59:59.5"),
    "wall": ("timestamp", "'2026-07-01 10:00'", "2026-07-01 10:00:00"),
    "moment": ("timestamptz", "'2026-07-01 10:00 Europe/Helsinki'", "2026-07-01 07:00:00+00"),
    "span": ("interval", "'1 day 2 hours'", "P1DT2H"),
    "bytes": ("bytea", "'\\xff00'", "\\xff00"),
    "json": ("jsonb", '\'{"a": "\\\\n"}\'', '{"a": "\\\\n"}'),
    "id": ("uuid", "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
    "padded": ("char(4)", "'ab'", "ab  "),
    "list": ("text[]", "array['a', null, 'NULL']", '{a,NULL,"NULL"}'),
}
GENERIC = POSTGRES | {
    "yes": ("boolean", "true", "true"),
    "no": ("boolean", "false", "false"),
    "moment": ("timestamptz", "'2026-07-01 10:00 Europe/Helsinki'", "2026-07-01 07:00:00+00:00"),
    "clock": ("time", "'23:59:59.5'", "23:59:59.500000"),
    "vast": ("double precision", "1e22", "10000000000000000000000"),
    "tiny": ("double precision", "1e-7", "0.0000001"),
}
for _gone in ("far", "json", "list", "span"):
    # The driver cannot read the first; the others it makes into what has no certain text form.
    del GENERIC[_gone]
MARIADB = {
    "yes": ("tinyint(1)", "true", "1"),
    "no": ("tinyint(1)", "false", "0"),
    "bit": ("bit(1)", "b'1'", "1"),
    "bits": ("bit(12)", "b'100000000001'", "2049"),
    "big": ("bigint", "-9223372036854775808", "-9223372036854775808"),
    "unsigned": ("bigint unsigned", "18446744073709551615", "18446744073709551615"),
    "zerofill": ("int(6) zerofill", "42", "000042"),
    "sum": ("decimal(14,2)", "1200.50", "1200.50"),
    "wide": ("decimal(40,9)", "1234567890123456789012345678901.000000001", "1234567890123456789012345678901.000000001"),
    "half": ("float", "12.34", "12.34"),
    "exact": ("float", "1234567", "1234567"),
    "third": ("double", "1e0 / 3", "0.3333333333333333"),
    "day": ("date", "'2026-02-01'", "2026-02-01"),
    "zero_day": ("date", "'0000-00-00'", "0000-00-00"),
    "no_month": ("date", "'2026-00-00'", "2026-00-00"),
    "clock": ("time(1)", "'-100:59:59.5'", "-100:59:59.5"),
    "year": ("year", "1999", "1999"),
    "wall": ("datetime", "'2026-07-01 10:00'", "2026-07-01 10:00:00"),
    "zero_wall": ("datetime", "'0000-00-00 00:00:00'", "0000-00-00 00:00:00"),
    "fine_wall": ("datetime(6)", "'2026-07-01 10:00:00.000001'", "2026-07-01 10:00:00.000001"),
    "moment": ("timestamp null", "'2026-07-01 10:00'", "2026-07-01 07:00:00+00:00"),
    "bytes": ("varbinary(4)", "x'FF00'", "\\xff00"),
    "blob": ("blob", "x'5C4E09'", "\\x5c4e09"),
    "json": ("json", '\'{"a": "\\\\\\\\n"}\'', '{"a": "\\\\n"}'),
    "id": ("uuid", "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
    "enum": ("enum('a','ä\\\\b')", "'ä\\\\b'", "ä\\b"),
    "set": ("set('x','y z')", "'x,y z'", "x,y z"),
    "latin": ("varchar(20) character set latin1", "'Åke €'", "Åke €"),
    "utf16": ("varchar(20) character set utf16", "'Åke 🙂'", "Åke 🙂"),
    "unlike": ("varchar(20) character set utf8mb4 collate utf8mb4_unicode_ci", "'A\\tÄ🙂'", "A\tÄ🙂"),
    "padded": ("char(4)", "'ab'", "ab"),
    "nothing": ("text character set latin1", "null", None),
    "empty": ("varchar(3)", "''", ""),
}
SQLITE = {
    "yes": ("boolean", "true", "1"),
    "no": ("boolean", "0", "0"),
    "big": ("integer", "-9223372036854775808", "-9223372036854775808"),
    "sum": ("text", "'1200,50'", "1200,50"),
    "third": ("real", "1.0 / 3", "0.3333333333333333"),
    "vast": ("real", "1e22", "10000000000000000000000"),
    "tiny": ("real", "1e-7", "0.0000001"),
    "endless": ("real", "9e999", "Infinity"),
    "day": ("date", "'2026-02-01'", "2026-02-01"),
    "zero_day": ("date", "'0000-00-00'", "0000-00-00"),
    "wall": ("datetime", "'2026-07-01 10:00'", "2026-07-01 10:00"),
    "bytes": ("blob", "x'FF00'", "\\xff00"),
    "untyped": ("", "'NULL'", "NULL"),
}
TYPES = {"postgresql": POSTGRES, "postgresql through SQLAlchemy": GENERIC, "mariadb": MARIADB, "sqlite": SQLITE}


def test_every_type_arrives_in_one_certain_form(place: Place) -> None:
    cases = TYPES[place.kind]
    if place.kind == "mariadb":
        place.run("set session sql_mode = '', time_zone = '+03:00'")
    place.run(f"create table typed ({', '.join(f'v_{name} {of}' for name, (of, _, _) in cases.items())})")
    place.run(f"insert into typed select {', '.join(literal for _, literal, _ in cases.values())}")
    query = f"select {', '.join(f'v_{name}' for name in cases)} from typed"
    with place.open() as origin:
        (found,) = read(origin, query)
    assert dict(zip(cases, found, strict=True)) == {name: said for name, (_, _, said) in cases.items()}


MODES = (
    "", "ANSI_QUOTES,NO_BACKSLASH_ESCAPES", "ORACLE", "ORACLE,EMPTY_STRING_IS_NULL", "EMPTY_STRING_IS_NULL",
    "PAD_CHAR_TO_FULL_LENGTH,ANSI",
)  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
def test_no_setting_of_a_mariadb_server_changes_a_value(maria: Place, mariadb: Server, mode: str) -> None:
    rows = [(n, v) for n, v in enumerate(TEXTS) if v != ""]
    maria.fill("t", "n int, v text", rows)
    maria.run("create table m (at timestamp null, wall datetime, bytes blob)")
    maria.run("set session time_zone = '+00:00'")
    maria.run("insert into m values ('2026-07-01 07:00', '2026-07-01 10:00', x'00ff')")
    maria.run("insert into m values (null, null, null)")
    with mariadb.connect() as root, root.cursor() as cursor:
        cursor.execute("select @@global.sql_mode, @@global.time_zone, @@global.collation_server")
        before = cursor.fetchone()
        cursor.execute("set global sql_mode = %s", (mode,))
        cursor.execute("set global time_zone = '-05:00'")
        cursor.execute("set global collation_server = latin1_swedish_ci")
        try:
            with maria.open() as origin:
                query = "select n, v from t order by n"
                assert read(origin, query) == [(str(n), v) for n, v in rows]
                moments = [("2026-07-01 07:00:00+00:00", "2026-07-01 10:00:00", "\\x00ff"), (None, None, None)]
                assert read(origin, "select at, wall, bytes from m order by at desc") == moments
                assert len(arrived(origin.sums("select n as source_key, v from t", ["source_key", "v"], 64), 3)) > 2
        finally:
            cursor.execute("set global sql_mode = %s, global time_zone = %s, global collation_server = %s", before)


@pytest.mark.parametrize("size", [0, 1, 247, 248, 249, 250, 65_532, 65_533, 65_534, 16_777_211, 16_777_212, 40_000_000])
def test_a_line_of_any_length_arrives_whole(maria: Place, mariadb: Server, size: int) -> None:
    # Where the protocol writes a length in more bytes, and where it goes on in another packet.
    with mariadb.connect() as root, root.cursor() as cursor:
        cursor.execute("set global max_allowed_packet = 1073741824")
        try:
            with maria.open() as origin:
                for text in (f"repeat('a', {size})", "'after it'"):
                    ((found,),) = read(origin, f"select {text} as v")
                    assert found == ("a" * size if "repeat" in text else "after it")
        finally:
            cursor.execute("set global max_allowed_packet = default")


SETTINGS = {
    "datestyle": "German, DMY", "timezone": "America/New_York", "bytea_output": "escape", "extra_float_digits": "-9",
    "intervalstyle": "sql_standard", "client_encoding": "LATIN1", "standard_conforming_strings": "off",
    "default_transaction_isolation": "read committed", "quote_all_identifiers": "on",
}  # fmt: skip


def test_no_setting_of_a_postgresql_login_changes_a_value(postgres: Place) -> None:
    postgres.fill("t", "n int, v text", list(enumerate(TEXTS)))
    query = (
        "select date '2026-02-01' as day, timestamptz '2026-07-01 10:00+03' as moment, "
        "interval '1 day 2 hours' as span, 'x'::text::bytea as bytes, 1::float8 / 3 as third"
    )
    for name, value in SETTINGS.items():
        postgres.run(f"alter role origin_reader in database origin set {name} = '{value}'")
    with postgres.open() as origin:
        assert [v for _, v in read(origin, "select n, v from t order by n")] == TEXTS
        found = ("2026-02-01", "2026-07-01 07:00:00+00", "P1DT2H", "\\x78", "0.3333333333333333")
        assert read(origin, query) == [found]
        for key in ("\\N", "back\\slash", "ends with a backslash\\", 'it\'s "quoted" and `ticked`'):
            part = origin.part("select v as source_key from t where v is not null", Part(keys=[key]))
            assert read(origin, part) == [(key,)]


def test_a_source_in_latin1_arrives_in_utf8(home: Path, template: str) -> None:
    with database("origin_latin1", "LATIN1") as owner, reachable(home, postgres_uri("origin_latin1")):
        owner.execute("create table t (v text)")
        owner.execute("insert into t values ('Åke Öljy ÿ')")
        with Place("postgresql", "postgresql", owner.execute).open() as origin:
            assert read(origin, "select v from t") == [("Åke Öljy ÿ",)]


SECRET = "Salainen"


def test_bytes_that_are_no_text_stop_the_pull_and_are_not_told(home: Path, template: str) -> None:
    with database("origin_ascii", "SQL_ASCII") as owner, reachable(home, postgres_uri("origin_ascii")):
        place = Place("postgresql", "postgresql", owner.execute)
        owner.execute("create table t (v text)")
        owner.execute("set client_encoding to 'UTF8'")
        owner.execute("insert into t values ('Åke')")
        with place.open() as origin:
            assert read(origin, "select v from t") == [("Åke",)]
        owner.execute(f"insert into t select '{SECRET} ' || convert_from('\\xff'::bytea, 'SQL_ASCII')")
        _refuses(place)


def test_text_of_sqlite_that_is_not_utf8_stops_the_pull_and_is_not_told(sqlite: Place) -> None:
    sqlite.run("create table t (v text)")
    sqlite.run(f"insert into t values (cast('{SECRET}' || x'ff' as text))")
    _refuses(sqlite)


def _refuses(place: Place) -> None:
    with place.open() as origin, pytest.raises(SourceError, match="what text cannot hold") as raised:
        read(origin, "select v from t")
    assert SECRET not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_value_without_a_certain_form_names_its_column(home: Path, template: str, tmp_path: Path) -> None:
    with opened("postgresql through SQLAlchemy", home, tmp_path, lambda: pytest.fail("not asked for")) as place:
        query = "select 1 as source_key, array['Salainen'] as names"
        said = "column names: list has no certain text form; convert it in the SELECT"
        with place.open() as origin, pytest.raises(SourceError, match=said) as raised:
            read(origin, query)
    assert SECRET not in str(raised.value)
