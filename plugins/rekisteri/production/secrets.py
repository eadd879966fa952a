"""The secret files of docker-compose.yml: what is missing is made, what is there is kept.

`server_connections.json` holds every login's password; the files of the single services are written from it. So a
password is renewed by taking its line out there and calling this again. What the operator adds to `connections.json`
(the sources, the mail server) is kept.
"""

import base64
import hashlib
import json
import os
import secrets as random
from pathlib import Path
from urllib.parse import urlsplit

from rekisteri import private_files
from rekisteri.errors import SetupError

KEYS = ("rekisteri_key_pseudonym_person_v1", "rekisteri_key_pseudonym_company_v1", "rekisteri_key_tombstone_v1")
MODE = 0o640
"""Readable by the group that the containers are given, whatever account they run as; writable by the operator only."""

# connection id -> (login, server, database); the servers are the services of docker-compose.yml.
LOGINS: dict[str, tuple[str, str, str]] = {
    "warehouse_admin": ("postgres", "warehouse", "warehouse"),
    "warehouse_deploy": ("rekisteri_deploy", "warehouse", "warehouse"),
    "warehouse": ("rekisteri_pipeline", "warehouse", "warehouse"),
    "warehouse_dpo": ("rekisteri_dpo", "warehouse", "warehouse"),
    "warehouse_analyst": ("rekisteri_analyst", "warehouse", "warehouse"),
    "warehouse_service_desk": ("rekisteri_service_desk", "warehouse", "warehouse"),
    "warehouse_auditor": ("rekisteri_auditor", "warehouse", "warehouse"),
    "airflow_db_admin": ("postgres", "airflow-db", "airflow"),
    "airflow_metadata": ("airflow", "airflow-db", "airflow"),
    "celery_results": ("celery", "airflow-db", "celery"),
}
OF_TASKS = ("warehouse", "warehouse_dpo", "warehouse_auditor")
OF_PAGES = ("warehouse_dpo",)
MAIL = "smtp_default"
# The broker's only user may do what Celery does, and may not reconfigure the broker or empty it.
BROKER_RIGHTS = "~* &* +@all -@admin -@dangerous +info"


def _read(path: Path) -> dict[str, str]:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        held = None
    if not isinstance(held, dict):
        raise SetupError(f"{path} is not a JSON object; restore it from a backup, or mend it by hand")
    return held


def _logins(held: dict[str, str]) -> dict[str, str]:
    made = {}
    for conn_id, (login, server, database) in LOGINS.items():
        password = urlsplit(held[conn_id]).password if conn_id in held else None
        # URL-safe: the same text in a URI and out of it.
        made[conn_id] = f"postgresql://{login}:{password or random.token_urlsafe(32)}@{server}:5432/{database}"
    return made


def _password(uri: str) -> str:
    return urlsplit(uri).password or ""


def _driven(uri: str) -> str:
    return uri.replace("postgresql:", "postgresql+psycopg2:", 1)


def _keys(folder: Path, first: bool) -> dict[str, str]:
    held = _read(folder / "variables.json")
    if not first and not set(KEYS) <= set(held):
        raise SetupError(
            f"{folder / 'variables.json'} lacks keys that were made before; restore it from a backup: with new keys "
            "every pseudonym would change and every tombstone would stop matching"
        )
    return {name: random.token_hex(32) for name in KEYS} | held


def _kept(folder: Path) -> dict[str, str]:
    """Return the secrets that are made once and then kept, file name -> text."""
    fresh = {
        "fernet_key": base64.urlsafe_b64encode(random.token_bytes(32)).decode(),
        "jwt_secret": random.token_urlsafe(64),
        "api_secret_key": random.token_urlsafe(64),
        "broker_url": f"redis://airflow:{random.token_urlsafe(32)}@redis:6379/0",
    }
    there = {name: folder / name for name in fresh if (folder / name).exists()}
    return fresh | {name: path.read_text(encoding="utf-8") for name, path in there.items()}


def files(folder: Path) -> dict[str, str]:
    """Return what the folder shall hold, file name -> text: one file is one secret of docker-compose.yml.

    Args:
        folder: what it holds already is kept.

    Raises:
        SetupError: a file is damaged, or keys that were made before are gone.
    """
    held = _read(folder / "server_connections.json")
    logins, kept = _logins(held), _kept(folder)
    own = _read(folder / "connections.json")
    tasks = own | {conn_id: logins[conn_id] for conn_id in OF_TASKS}
    mail = {MAIL: own[MAIL]} if MAIL in own else {}
    broker = hashlib.sha256(_password(kept["broker_url"]).encode()).hexdigest()
    documents = {
        "server_connections.json": logins,
        "connections.json": tasks,
        "mail.json": mail,
        "pages.json": {conn_id: logins[conn_id] for conn_id in OF_PAGES},
        "variables.json": _keys(folder, first=not held),
    }
    return kept | {
        "warehouse_superuser": _password(logins["warehouse_admin"]),
        "airflow_db_superuser": _password(logins["airflow_db_admin"]),
        "metadata_uri": _driven(logins["airflow_metadata"]),
        "result_backend": f"db+{_driven(logins['celery_results'])}",
        "redis_users.acl": f"user default off\nuser airflow on #{broker} {BROKER_RIGHTS}\n",
        **{name: json.dumps(entries, indent=2) for name, entries in documents.items()},
    }


def ensure(folder: Path, group: int) -> list[str]:
    """Make what is missing of the secret files; return the names of those that were written.

    Args:
        folder: theirs alone; made with access for nobody but its owner.
        group: id of the group that may read the files; the containers are given it.

    Raises:
        SetupError: a file is damaged, keys that were made before are gone, or the files cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        wanted = files(folder)
        stale = [name for name, text in wanted.items() if not _is(folder / name, text, group)]
        # The connections last: they say that the keys were made before.
        for name in sorted(stale, key="server_connections.json".__eq__):
            private_files.write(folder / name, wanted[name], MODE, group)
    except OSError as error:
        raise SetupError(
            f"the secret files in {folder} cannot be written ({error.strerror}); call this as their owner, with a "
            "group that you are in"
        ) from None
    return stale


def _is(path: Path, text: str, group: int) -> bool:
    if not path.exists():
        return False
    status = os.stat(path)
    as_wanted = status.st_gid == group and status.st_mode & 0o777 == MODE
    return as_wanted and path.read_text(encoding="utf-8") == text


def lacking(folder: Path) -> list[str]:
    """Return the connections that only the operator knows and that are not in `connections.json` yet.

    Raises:
        SetupError: the file is damaged.
        PolicyError: `include/policy/sources.yaml` has a fault.
    """
    from rekisteri import sources

    held = _read(folder / "connections.json")
    return [name for name in (MAIL, *(source.connection for source in sources.read().values())) if name not in held]
