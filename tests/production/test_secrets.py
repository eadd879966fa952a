"""The secret files of the production shape: whole, private, kept, and in agreement with one another."""

import hashlib
import json
import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from rekisteri.cli import app
from rekisteri.errors import SetupError
from rekisteri.production import secrets

GROUP = os.getgid()


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "secrets"
    secrets.ensure(made, GROUP)
    return made


def test_files_are_the_operators_and_their_groups_only(folder: Path) -> None:
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {(path.stat().st_mode & 0o777, path.stat().st_gid) for path in folder.iterdir()} == {(0o640, GROUP)}


def test_what_is_there_is_kept(folder: Path) -> None:
    before = contents(folder)
    assert secrets.ensure(folder, GROUP) == []
    assert contents(folder) == before


def test_no_two_secrets_are_alike_and_none_is_short(folder: Path) -> None:
    held = contents(folder)
    logins = json.loads(held["server_connections.json"])
    found = [urlsplit(uri).password or "" for uri in logins.values()]
    found += [urlsplit(held["broker_url"]).password or "", held["jwt_secret"], held["api_secret_key"]]
    found += [held["fernet_key"], *json.loads(held["variables.json"]).values()]
    assert len(set(found)) == len(found) == len(secrets.LOGINS) + 4 + len(secrets.KEYS)
    assert min(map(len, found)) >= 43


def test_the_files_of_the_services_agree(folder: Path) -> None:
    held = contents(folder)
    logins = json.loads(held["server_connections.json"])
    password = {conn_id: urlsplit(uri).password for conn_id, uri in logins.items()}
    assert held["warehouse_superuser"] == password["warehouse_admin"]
    assert held["airflow_db_superuser"] == password["airflow_db_admin"]
    assert urlsplit(held["metadata_uri"]).password == password["airflow_metadata"]
    assert urlsplit(held["result_backend"]).password == password["celery_results"]
    assert json.loads(held["connections.json"]) == {name: logins[name] for name in secrets.OF_TASKS}
    # The pages see the warehouse as the data protection officer's login, and no other.
    assert json.loads(held["pages.json"]) == {"warehouse_dpo": logins["warehouse_dpo"]}
    broker = (urlsplit(held["broker_url"]).password or "").encode()
    assert f"#{hashlib.sha256(broker).hexdigest()} " in held["redis_users.acl"]
    assert broker.decode() not in held["redis_users.acl"]


def test_sources_that_the_operator_added_are_kept_and_mail_is_shared(folder: Path) -> None:
    assert secrets.lacking(folder) == ["smtp_default", "billing", "crm", "service_desk"]
    path = folder / "connections.json"
    added = {"smtp_default": "smtp://mail.example.com", "crm": "postgresql://reader:secret@crm.example.com/crm"}
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | added), encoding="utf-8")
    secrets.ensure(folder, GROUP)
    assert secrets.lacking(folder) == ["billing", "service_desk"]
    assert added.items() < json.loads(path.read_text(encoding="utf-8")).items()
    assert json.loads(contents(folder)["mail.json"]) == {"smtp_default": added["smtp_default"]}


def test_a_password_taken_out_is_made_anew_everywhere_and_the_others_stay(folder: Path) -> None:
    before = contents(folder)
    path = folder / "server_connections.json"
    logins = json.loads(before[path.name])
    del logins["warehouse_dpo"]
    path.write_text(json.dumps(logins), encoding="utf-8")
    written = set(secrets.ensure(folder, GROUP))
    assert written == {"server_connections.json", "connections.json", "pages.json"}
    now = json.loads(contents(folder)["connections.json"])
    was = json.loads(before["connections.json"])
    assert [name for name in now if now[name] != was[name]] == ["warehouse_dpo"]


def test_lost_keys_are_not_made_anew(folder: Path) -> None:
    (folder / "variables.json").unlink()
    with pytest.raises(SetupError, match=r"variables\.json lacks keys that were made before"):
        secrets.ensure(folder, GROUP)
    assert not (folder / "variables.json").exists()


@pytest.mark.parametrize("name", ["connections.json", "variables.json", "server_connections.json"])
def test_a_damaged_file_is_never_overwritten(folder: Path, name: str) -> None:
    (folder / name).write_text("{", encoding="utf-8")
    with pytest.raises(SetupError, match="is not a JSON object"):
        secrets.ensure(folder, GROUP)
    assert (folder / name).read_text(encoding="utf-8") == "{"


def test_the_command_says_what_is_lacking_and_what_goes_into_env_and_no_secret(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    for json_too in ([], ["--json"]):
        done = CliRunner().invoke(app, ["production", "secrets", str(folder), *json_too])
        assert done.exit_code == 0
        assert "smtp_default" in done.stdout
        assert "REKISTERI_SECRETS" in done.stdout
        assert str(folder) in done.stdout
        for text in contents(folder).values():
            assert text not in done.stdout
        assert (urlsplit(contents(folder)["broker_url"]).password or "") not in done.stdout
