"""Secret files are private, whole, kept, and read alike by Airflow and by the command line."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from rekisteri import connections
from rekisteri.embedded import place, secrets
from rekisteri.errors import SetupError

FILES = ("connections.json", "variables.json", "airflow.json", "ui_passwords.json")


def contents(home: Path) -> dict[str, str]:
    return {name: (secrets.folder(home) / name).read_text(encoding="utf-8") for name in FILES}


def test_files_are_private_and_kept_on_the_second_call(home: Path) -> None:
    where = place.locate(home)
    secrets.ensure(home, where)
    assert secrets.folder(home).stat().st_mode & 0o777 == 0o700
    assert {(secrets.folder(home) / name).stat().st_mode & 0o777 for name in FILES} == {0o600}
    before = contents(home)
    secrets.ensure(home, where)
    assert contents(home) == before


def test_each_login_has_a_password_of_its_own(home: Path) -> None:
    known = secrets.ensure(home, place.locate(home))
    by_login = {login: urlsplit(known[conn_id]).password for conn_id, (login, _) in secrets.CONNECTIONS.items()}
    assert len(set(by_login.values())) == len(by_login)
    assert min(len(password or "") for password in by_login.values()) >= 32


def test_keys_have_256_bits_and_differ(home: Path) -> None:
    secrets.ensure(home, place.locate(home))
    keys = [bytes.fromhex(secrets.read(home, "variables.json")[name]) for name in secrets.KEYS]
    assert [len(key) for key in keys] == [32, 32, 32]
    assert len(set(keys)) == 3


def test_an_entry_that_someone_added_is_kept(home: Path) -> None:
    where = place.locate(home)
    secrets.ensure(home, where)
    held = secrets.read(home, "connections.json")
    secrets.write(home, "connections.json", held | {"erp": "mysql://reader@db.example.com/erp"})
    secrets.put_variable(home, "rekisteri_as_of", "2026-01-31")
    assert secrets.ensure(home, where)["erp"] == "mysql://reader@db.example.com/erp"
    assert secrets.read(home, "variables.json")["rekisteri_as_of"] == "2026-01-31"
    secrets.put_variable(home, "rekisteri_as_of", None)
    assert "rekisteri_as_of" not in secrets.read(home, "variables.json")


def test_airflow_and_the_command_line_read_the_same_connection(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    local_filesystem = pytest.importorskip("airflow.secrets.local_filesystem")
    known = secrets.ensure(home, place.locate(home))
    loaded = local_filesystem.load_connections_dict(str(secrets.folder(home) / "connections.json"))
    for conn_id in secrets.CONNECTIONS:
        found = loaded[conn_id]
        seen = {"port": found.port, "user": found.login, "password": found.password, "dbname": found.schema}
        assert connections._from_uri(known[conn_id]) == seen | found.extra_dejson
    mail = loaded["smtp_default"]
    assert (mail.host, mail.port, mail.extra_dejson["disable_tls"]) == ("127.0.0.1", 2525, True)


@pytest.mark.parametrize("text", ["", "{", "[]"])
def test_a_damaged_file_is_never_overwritten(home: Path, text: str) -> None:
    where = place.locate(home)
    secrets.ensure(home, where)
    path = secrets.folder(home) / "variables.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SetupError, match=r"variables\.json is not a JSON object"):
        secrets.ensure(home, where)
    assert path.read_text(encoding="utf-8") == text


def test_data_without_its_keys_is_refused(home: Path) -> None:
    where = place.locate(home)
    secrets.ensure(home, where)
    where.data.mkdir()
    (where.data / "PG_VERSION").write_text("18\n", encoding="utf-8")
    path = secrets.folder(home) / "variables.json"
    held = json.loads(path.read_text(encoding="utf-8"))
    del held["rekisteri_key_tombstone_v1"]
    path.write_text(json.dumps(held), encoding="utf-8")
    with pytest.raises(SetupError, match="lacks its passwords or keys"):
        secrets.ensure(home, where)
