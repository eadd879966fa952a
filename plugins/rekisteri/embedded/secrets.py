"""Keys and passwords of the embedded default: made once, kept for ever, in files of mode 0600.

`connections.json` and `variables.json` are what Airflow's LocalFilesystemBackend reads; entries that someone added
to them are kept. `airflow.json` holds Airflow's own keys, `ui_passwords.json` the logins of its pages.
"""

import base64
import json
import os
import secrets as random
from pathlib import Path
from urllib.parse import urlsplit

from rekisteri import private_files
from rekisteri.embedded.place import Place
from rekisteri.errors import SetupError

SOURCES = ("billing", "crm", "service_desk")

# connection id -> (login, database)
CONNECTIONS: dict[str, tuple[str, str]] = {
    "postgres_admin": ("postgres", "postgres"),
    "airflow_metadata": ("airflow", "airflow"),
    "warehouse": ("rekisteri_pipeline", "warehouse"),
    "warehouse_deploy": ("rekisteri_deploy", "warehouse"),
    "warehouse_dpo": ("rekisteri_dpo", "warehouse"),
    "warehouse_analyst": ("rekisteri_analyst", "warehouse"),
    "warehouse_service_desk": ("rekisteri_service_desk", "warehouse"),
    "warehouse_auditor": ("rekisteri_auditor", "warehouse"),
    **{source: (f"{source}_reader", source) for source in SOURCES},
    **{f"demo_{source}": ("demo_owner", source) for source in SOURCES},
}
KEYS = ("rekisteri_key_pseudonym_person_v1", "rekisteri_key_pseudonym_company_v1", "rekisteri_key_tombstone_v1")

# Least privilege: answering an approval takes "user"; "op" would open connections and variables as well.
UI_USERS = {"admin": "admin", "dpo": "user", "analyst": "viewer"}


def folder(home: Path) -> Path:
    """Return the folder of the secret files."""
    return home / "secrets"


def read(home: Path, name: str) -> dict[str, str]:
    """Return one secret file's entries; none where it is missing.

    Raises:
        SetupError: the file is not a JSON object.
    """
    path = folder(home) / name
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        held = None
    if not isinstance(held, dict):
        raise SetupError(f"{path} is not a JSON object; restore it from a backup (its keys cannot be made again)")
    return held


def write(home: Path, name: str, entries: dict[str, str]) -> None:
    """Write one secret file whole or not at all, readable by its owner only; unchanged entries are not rewritten."""
    path = folder(home) / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.parent.chmod(0o700)
    if path.exists() and read(home, name) == entries:
        path.chmod(0o600)
        return
    private_files.write(path, json.dumps(entries, indent=2))


def _password() -> str:
    return random.token_urlsafe(24)  # URL-safe: the same text in a URI and out of it


def _connections(place: Place, held: dict[str, str]) -> dict[str, str]:
    passwords = {}
    for conn_id, (login, _) in CONNECTIONS.items():
        if conn_id in held:
            passwords[login] = urlsplit(held[conn_id]).password or _password()
    for login, _ in CONNECTIONS.values():
        passwords.setdefault(login, _password())
    # The socket's path is written anew each time: the folder may have been moved.
    own = {conn_id: place.uri(login, passwords[login], name) for conn_id, (login, name) in CONNECTIONS.items()}
    port = os.environ.get("REKISTERI_SMTP_PORT") or "2525"
    own["smtp_default"] = f"smtp://127.0.0.1:{port}/?disable_tls=true&disable_ssl=true"
    return held | own


def ensure(home: Path, place: Place) -> dict[str, str]:
    """Make what is missing of the secret files; return the connections, id -> URI.

    Args:
        home: the state folder.
        place: where the embedded server is.

    Raises:
        SetupError: a file is damaged, or the data is there but its passwords and keys are gone.
    """
    held = read(home, "connections.json")
    variables = read(home, "variables.json")
    if (place.data / "PG_VERSION").exists() and ("postgres_admin" not in held or not set(KEYS) <= set(variables)):
        raise SetupError(
            f"{place.data} holds a server, but {folder(home)} lacks its passwords or keys; restore that folder from a "
            "backup, or begin anew with `make clean`"
        )
    connections = _connections(place, held)
    write(home, "variables.json", {name: random.token_hex(32) for name in KEYS} | variables)
    keys = {
        "fernet_key": base64.urlsafe_b64encode(random.token_bytes(32)).decode(),
        "jwt_secret": random.token_urlsafe(48),
        "api_secret_key": random.token_urlsafe(48),
    }
    write(home, "airflow.json", keys | read(home, "airflow.json"))
    write(home, "ui_passwords.json", {user: _password() for user in UI_USERS} | read(home, "ui_passwords.json"))
    write(home, "connections.json", connections)
    return connections


def put_variable(home: Path, name: str, value: str | None) -> None:
    """Set a variable that Airflow and the command line both see, or remove it where ``value`` is None."""
    entries = {key: text for key, text in read(home, "variables.json").items() if key != name}
    write(home, "variables.json", entries if value is None else entries | {name: value})
