"""The embedded server is made, found again, mended and removed."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import psycopg
import pytest

from rekisteri.embedded import life, place, postgres, secrets
from rekisteri.errors import SetupError

PASSWORD = "for-this-test-only"
ROOT = os.geteuid() == 0


def admin(where: place.Place) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(where.uri("postgres", PASSWORD, "postgres"), autocommit=True)


def test_made_started_stopped_and_found_again_with_its_data(home: Path) -> None:
    where = place.locate(home)
    assert not postgres.answers(where)
    assert postgres.ensure_running(where, PASSWORD)
    with admin(where) as connection:
        connection.execute("create table kept as select 'zåäö' as word")
        row = connection.execute(
            "select current_setting('server_encoding'), current_setting('fsync'), current_setting('listen_addresses'),"
            " current_setting('server_version_num')::int / 10000"
        ).fetchone()
    assert row == ("UTF8", "on", "", 18)
    assert not postgres.ensure_running(where, PASSWORD), "a second start finds it running"
    assert postgres.stop(where)
    assert not postgres.stop(where), "a second stop has nothing to do"
    assert postgres.ensure_running(where, PASSWORD)
    with admin(where) as connection:
        assert connection.execute("select word from kept").fetchone() == ("zåäö",)


def test_no_login_without_the_password(home: Path) -> None:
    where = place.locate(home)
    postgres.ensure_running(where, PASSWORD)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(where.uri("postgres", "another", "postgres"))


def test_the_log_keeps_no_value_of_a_failed_statement(home: Path) -> None:
    where = place.locate(home)
    postgres.ensure_running(where, PASSWORD)
    with admin(where) as connection:
        with pytest.raises(psycopg.Error):
            connection.execute("select 'maija.meikalainen@example.com'::int")
        with pytest.raises(psycopg.Error):
            connection.execute("select maija_meikalainen")
    postgres.stop(where)
    log = where.log.read_text(encoding="utf-8")
    assert "ready to accept connections" in log
    assert "meikalainen" not in log


def test_an_initdb_that_broke_off_is_done_anew(home: Path) -> None:
    where = place.locate(home)
    unfinished = where.folder / "data.new"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n", encoding="utf-8")
    assert postgres.ensure_running(where, PASSWORD)
    assert not unfinished.exists()


def test_a_killed_server_starts_again(home: Path) -> None:
    where = place.locate(home)
    postgres.ensure_running(where, PASSWORD)
    postmaster = int((where.data / "postmaster.pid").read_text(encoding="utf-8").split()[0])
    os.kill(postmaster, signal.SIGKILL)
    assert postgres.ensure_running(where, PASSWORD)


def test_a_pid_file_that_names_another_process_does_not_block_the_start(home: Path) -> None:
    where = place.locate(home)
    postgres.ensure_running(where, PASSWORD)
    pid_file = where.data / "postmaster.pid"
    lines = pid_file.read_text(encoding="utf-8").splitlines()
    postgres.stop(where)
    # A process of the server's own account has the number by now, as after a restart of the machine.
    other = subprocess.Popen(["sleep", "60"], user=where.account)
    try:
        pid_file.write_text("\n".join([str(other.pid), *lines[1:]]) + "\n", encoding="utf-8")
        place.hand_over(pid_file, where.account)
        assert postgres.ensure_running(where, PASSWORD)
        assert other.poll() is None, "the other process lives on"
    finally:
        other.kill()
        other.wait()


def test_a_taken_port_is_named_with_its_variable(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("REKISTERI_PG_PORT", str(port))
        with pytest.raises(SetupError, match=rf"{port} .*REKISTERI_PG_PORT"):
            postgres.ensure_running(place.locate(home), PASSWORD)


def test_a_port_that_is_asked_for_later_is_opened_on_this_machine_only(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.ensure_running(place.locate(home), PASSWORD)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    monkeypatch.setenv("REKISTERI_PG_PORT", str(port))
    where = place.locate(home)
    assert postgres.ensure_running(where, PASSWORD), "restarted with the new setting"
    with psycopg.connect(host="127.0.0.1", port=port, user="postgres", password=PASSWORD, dbname="postgres") as reached:
        assert reached.execute("show listen_addresses").fetchone() == ("127.0.0.1",)


def test_a_deep_folder_gets_a_short_socket_path(home: Path) -> None:
    deep = home / ("d" * 60) / ("e" * 60)
    where = place.locate(deep)
    try:
        assert len(str(where.socket)) < place.SOCKET_PATH_LIMIT < len(str(deep))
        assert where.socket.stat().st_mode & 0o777 == 0o700
        assert postgres.ensure_running(where, PASSWORD)
    finally:
        life.clean(deep)
    assert not where.socket.exists()


@pytest.mark.skipif(not ROOT, reason="only root runs the server as another account")
def test_root_with_a_closed_home_keeps_the_server_outside_and_removes_it(home: Path) -> None:
    closed = home / "closed"
    closed.mkdir(parents=True, mode=0o700)
    state = closed / "state"
    life.start_database(state)
    where = place.locate(state)
    assert where.folder.parent == Path("/var/lib")
    assert where.folder.stat().st_mode & 0o777 == 0o700
    life.clean(state)
    assert not where.folder.exists()
    assert not state.exists()


def test_cleaning_spares_what_was_there_before(home: Path) -> None:
    home.mkdir()
    (home / "somebody's").write_text("own", encoding="utf-8")
    life.start_database(home)
    life.clean(home)
    assert [path.name for path in home.iterdir()] == ["somebody's"]


def test_one_command_at_a_time(home: Path) -> None:
    with life.only_one(home), pytest.raises(SetupError, match="another `rekisteri` command"), life.only_one(home):
        pass


@pytest.mark.parametrize(
    ("conn_id", "database"), [("warehouse_analyst", "crm"), ("billing", "crm"), ("billing", "warehouse")]
)
def test_a_login_gets_into_its_own_database_only(
    started: tuple[Path, dict[str, str]], conn_id: str, database: str
) -> None:
    _, known = started
    own = secrets.CONNECTIONS[conn_id][1]
    psycopg.connect(known[conn_id]).close()
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(known[conn_id].replace(f"/{own}?", f"/{database}?"))


def test_a_source_reader_reads_what_its_owner_makes_and_writes_nothing(started: tuple[Path, dict[str, str]]) -> None:
    _, known = started
    with psycopg.connect(known["demo_crm"]) as owner:
        owner.execute("create schema if not exists crm")
        owner.execute("create table crm.probe as select 1 as one")
    with psycopg.connect(known["crm"], autocommit=True) as reader:
        assert reader.execute("select one from crm.probe").fetchone() == (1,)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            reader.execute("delete from crm.probe")
        reader.execute("set default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("delete from crm.probe")


def test_preparing_again_is_quick_and_keeps_the_passwords(started: tuple[Path, dict[str, str]]) -> None:
    home, known = started
    begun = time.monotonic()
    assert life.start_database(home) == known
    assert time.monotonic() - begun < 5
