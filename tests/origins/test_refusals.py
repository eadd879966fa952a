"""What a source refuses is told by what to mend: never with a password, never with a value."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from rekisteri import connections
from rekisteri.embedded import secrets
from rekisteri.errors import SetupError, SourceDown, SourceError
from rekisteri.origins import Part, open_origin
from tests.mariadb import Server
from tests.origins.conftest import ALL, Place, reachable, read

VALUE = "Salainen Arvo"
SLOW = {
    "postgresql": "select '1' as source_key from pg_sleep(20)",
    "mariadb": "select sleep(20) as source_key",
    "sqlite": "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000000000) "
    "select max(i) as source_key from n",
}


@pytest.fixture
def filled(place: Place) -> Place:
    """A table of one row, whose value nobody may see in a message."""
    place.fill("t", "k varchar(9), v varchar(99)", [("1", VALUE)])
    return place


def test_a_select_that_takes_too_long_says_so(place: Place) -> None:
    query = SLOW[place.kind.partition(" ")[0]]
    with place.open(timeout=1) as origin:
        with pytest.raises(SourceError, match=r"took longer than the timeout in sources\.yaml") as raised:
            list(origin.copy(query, ["source_key"]))
        assert raised.value.__cause__ is None


def test_a_statement_after_a_quick_one_has_its_own_time(filled: Place) -> None:
    with filled.open(timeout=1) as origin:
        for _ in range(3):
            assert read(origin, "select k, v from t") == [("1", VALUE)]


QUERIES = [
    "select k as source_key, v from t -- a note",
    "select k as source_key, v from t -- a note with a ; in it",
    "select k as source_key, v from t /* a note */",
    "-- first\nselect k as source_key, -- the key\n    v\nfrom t",
    "select k as source_key, v from t where v like '%%' or v like '%s' or v like '%(k)s'",
    "select k as source_key, v from t where '{}' <> '{0} {query} {{ }}'",
    "select k as source_key, v from t where ':name' <> '?' and '$1' <> ':k' and '%' <> '%%'",
    "with c as (select k, v from t) select c.k as source_key, c.v from c",
    "select k as source_key, v from t union all select k, v from t where 1 = 0",
    "select k as source_key, v from t order by k",
    "select k as source_key, '100 %' as v from t",
]


@pytest.mark.parametrize("query", QUERIES)
def test_a_select_means_what_it_says(filled: Place, query: str) -> None:
    said = "100 %" if "100 %" in query else VALUE
    with filled.open() as origin:
        assert read(origin, query) == [("1", said)]
        assert read(origin, origin.part(query, Part(keys=["1", "%", "{}"]))) == [("1", said)]
        if origin.kind in ("postgresql", "mysql"):
            assert len(list(origin.sums(query, ["source_key", "v"], 64))) == 1


FAULTS = {
    "no such column": "select k as source_key, shoe_size from t",
    "no such table": "select k as source_key from gone",
    "not SQL": f"select k as source_key, from where '{VALUE}'",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_select_is_told_without_a_value(filled: Place, fault: str) -> None:
    with filled.open() as origin, pytest.raises(SourceError, match="the source refuses it") as raised:
        origin.columns(FAULTS[fault])
    _quiet(raised.value)
    if "SQLAlchemy" not in filled.kind and "such" in fault:
        assert "shoe_size" in str(raised.value) or "gone" in str(raised.value)


def test_a_value_that_a_select_cannot_cast_is_not_quoted(filled: Place) -> None:
    cast = {"mariadb": "json_value(v, '$.a', v)", "sqlite": "abs(-9223372036854775808)"}.get(filled.kind, "v::int")
    with filled.open() as origin, pytest.raises(SourceError, match="the source refuses it") as raised:
        read(origin, f"select k as source_key, {cast} as v from t")
    _quiet(raised.value)


def test_a_select_that_breaks_off_after_rows_were_sent_is_no_shorter_table(postgres: Place) -> None:
    postgres.fill("t", "k int, v text", [(n, VALUE if n == 20_000 else "7") for n in range(1, 20_001)])
    with postgres.open() as origin:
        blocks: Any = origin.copy("select k as source_key, v::int as v from t", ["source_key", "v"])
        next(blocks)
        with pytest.raises(SourceError, match="the source refuses it") as raised:
            list(blocks)
    _quiet(raised.value)


def _quiet(error: Exception) -> None:
    assert VALUE not in str(error)
    assert "Salainen" not in repr(error)
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None


def test_a_text_that_outgrows_the_packet_of_mariadb_is_no_null(maria: Place, mariadb: Server) -> None:
    # Its quotes make it two bytes too long: the server gives NULL for it, and only a warning.
    with mariadb.connect() as root, root.cursor() as cursor:
        cursor.execute("set global max_allowed_packet = 65536")
        try:
            for query in ("select repeat('a', 65535) as v, 1 as n", "select 1 as n, repeat('a', 65535) as v"):
                with maria.open() as origin, pytest.raises(psycopg.DataError):
                    read(origin, query)
        finally:
            cursor.execute("set global max_allowed_packet = default")


def test_a_table_of_mariadb_that_the_login_may_not_read(maria: Place) -> None:
    maria.fill("hidden", "k int", [(1,)])
    maria.fill("shown", "k int", [(1,)])
    maria.run("revoke select, show view on origin.* from origin_reader@localhost")
    with pytest.raises(SourceDown, match="refuses the login"), maria.open():
        pass
    maria.run("grant select on origin.shown to origin_reader@localhost")
    with maria.open() as origin, pytest.raises(SourceError, match=r"denied .*hidden"):
        origin.columns("select k as source_key from hidden")


def test_a_table_that_the_login_may_not_read(postgres: Place) -> None:
    postgres.fill("hidden", "k int", [(1,)])
    postgres.run("revoke all on hidden from origin_reader")
    with postgres.open() as origin, pytest.raises(SourceError, match="permission denied for table hidden"):
        origin.columns("select k as source_key from hidden")


WRONG: dict[str, Callable[[str], str]] = {
    "another password": lambda uri: re.sub(r":[^:@/]+@", ":wrong-77@", uri),
    "no such database": lambda uri: uri.replace("/origin?", "/nowhere?"),
    "nobody there": lambda uri: uri.replace("host=", "host=/nonexistent").replace("unix_socket=", "unix_socket=/none"),
}


@pytest.mark.parametrize("place", [kind for kind in ALL if kind != "sqlite"], indirect=True)
@pytest.mark.parametrize("wrong", WRONG)
def test_a_server_that_lets_nobody_in(filled: Place, home: Path, wrong: str) -> None:
    uri = secrets.read(home, "connections.json")["origin_tried"]
    with reachable(home, WRONG[wrong](uri)):
        assert secrets.read(home, "connections.json")["origin_tried"] != uri
        password = str(connections.dsn("origin_tried")["password"])
        said = "'origin_tried': the server does not answer or refuses the login"
        with pytest.raises(SourceDown, match=said) as told, filled.open():
            pass
    assert password not in str(told.value)
    _quiet(told.value)


def test_a_file_that_is_not_there_is_not_made(sqlite: Place, home: Path, tmp_path: Path) -> None:
    with reachable(home, f"sqlite:///{tmp_path}/gone.db"), pytest.raises(SourceDown), sqlite.open():
        pass
    assert not (tmp_path / "gone.db").exists()
    (tmp_path / "text.db").write_text(VALUE * 1000)
    with (
        reachable(home, f"sqlite:///{tmp_path}/text.db"),
        pytest.raises(SourceError) as raised,
        sqlite.open() as origin,
    ):
        origin.columns("select k as source_key from t")
    _quiet(raised.value)


def test_a_field_that_the_driver_does_not_know(maria: Place, home: Path) -> None:
    uri = secrets.read(home, "connections.json")["origin_tried"]
    unknown = pytest.raises(SetupError, match="field that PyMySQL does not know")
    with reachable(home, uri + "&colour=blue"), unknown, maria.open():
        pass
    with reachable(home, uri + "&charset=latin1"), maria.open() as origin:
        assert read(origin, "select 'ä🙂' as source_key") == [("ä🙂",)]


def test_a_dialect_that_is_not_installed(sqlite: Place, home: Path) -> None:
    entry = sqlite.entry(dialect="nosuchdb")
    with reachable(home, "nosuchdb://x"), pytest.raises(SetupError, match="install its driver"), open_origin(entry):
        pass


def test_a_connection_of_another_kind_than_the_entry_says(sqlite: Place) -> None:
    with (
        pytest.raises(SetupError, match=r"is of kind 'sqlite', and .* dialect: mysql"),
        open_origin(sqlite.entry(dialect="mysql")),
    ):
        pass


@contextmanager
def _stopped(mariadb: Server) -> Iterator[None]:
    mariadb.kill()
    try:
        yield
    finally:
        mariadb.start()


def test_a_server_that_goes_away_meanwhile(maria: Place, mariadb: Server) -> None:
    maria.fill("t", "k int", [(1,)])
    with maria.open() as origin:
        query = "select seq as source_key, repeat('x', 1000) as v from seq_1_to_200000"
        blocks: Any = origin.copy(query, ["source_key", "v"])
        next(blocks)
        with _stopped(mariadb), pytest.raises(SourceDown, match="the source went away while it was read"):
            list(blocks)
        with pytest.raises(SourceDown, match="went away"):
            origin.columns("select 1 as source_key")


def test_a_connection_that_is_ended_meanwhile(postgres: Place) -> None:
    with postgres.open() as origin:
        blocks: Any = origin.copy("select n as source_key from generate_series(1, 3000000) n", ["source_key"])
        next(blocks)
        postgres.run("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'origin_reader'")
        with pytest.raises(SourceDown, match="the source went away while it was read"):
            list(blocks)
