"""The settings of the embedded Airflow, handed to its processes as their environment."""

import json
import os
from collections.abc import Collection
from pathlib import Path

from rekisteri import paths
from rekisteri.embedded import secrets, services
from rekisteri.embedded.postgres import port_is_free
from rekisteri.errors import SetupError

PORTS = range(8080, 8180)
WAIT_SECONDS = 300


def wait_seconds() -> int:
    """Return how long a start, or an answer of Airflow, is waited for.

    Raises:
        SetupError: REKISTERI_WAIT_SECONDS is no number of seconds.
    """
    configured = os.environ.get("REKISTERI_WAIT_SECONDS") or str(WAIT_SECONDS)
    if not configured.isdigit() or not int(configured):
        raise SetupError("REKISTERI_WAIT_SECONDS must be a whole number of seconds, 1 or more")
    return int(configured)


def ui_port(home: Path, taken: Collection[int] = ()) -> int:
    """Return the port of the UI: the configured one, else the last one used, else the first that is free.

    Args:
        home: the state folder.
        taken: ports that somebody else took since they were found free.

    Raises:
        SetupError: the configured port is no port or is taken, or none is free.
    """
    configured, record = os.environ.get("REKISTERI_UI_PORT"), home / "run" / "ui_port"
    last = record.read_text(encoding="utf-8").strip() if record.exists() else ""
    if services.runs(home, "api-server") and last and configured in (None, "", last):
        return int(last)
    if configured:
        if not configured.isdigit() or not 0 < int(configured) < 65536:
            raise SetupError("REKISTERI_UI_PORT must be a port number from 1 to 65535")
        if int(configured) in taken or not port_is_free(int(configured)):
            raise SetupError(
                f"port {configured} of 127.0.0.1 is taken; set REKISTERI_UI_PORT to a free port, or leave it unset"
            )
        chosen = int(configured)
    else:
        wished = [int(last)] if last else []
        free = (port for port in [*wished, *PORTS] if port not in taken and port_is_free(port))
        if not (chosen := next(free, 0)):
            raise SetupError(
                f"no port of 127.0.0.1 from {PORTS[0]} to {PORTS[-1]} is free; set REKISTERI_UI_PORT to one that is"
            )
    record.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    record.write_text(str(chosen), encoding="utf-8")
    return chosen


def _settings(home: Path, metadata: str, port: int, dags: Path) -> dict[str, dict[str, str]]:
    url, held = f"http://127.0.0.1:{port}", secrets.folder(home)
    keys = secrets.read(home, "airflow.json")
    files = {
        "connections_file_path": str(held / "connections.json"),
        "variables_file_path": str(held / "variables.json"),
    }
    return {
        "core": {
            "dags_folder": str(dags),
            "plugins_folder": str(paths.PROJECT / "plugins"),
            "executor": "LocalExecutor",
            "parallelism": "6",
            "load_examples": "False",
            "default_timezone": "Europe/Helsinki",
            "fernet_key": keys["fernet_key"],
            "execution_api_server_url": f"{url}/execution/",
            "simple_auth_manager_users": ",".join(f"{user}:{role}" for user, role in secrets.UI_USERS.items()),
            "simple_auth_manager_passwords_file": str(held / "ui_passwords.json"),
        },
        "database": {"sql_alchemy_conn": metadata.replace("postgresql:", "postgresql+psycopg2:", 1)},
        "secrets": {
            "backend": "airflow.secrets.local_filesystem.LocalFilesystemBackend",
            "backend_kwargs": json.dumps(files),
        },
        "api": {
            "host": "127.0.0.1",
            "port": str(port),
            "base_url": url,
            "workers": "1",
            "secret_key": keys["api_secret_key"],
        },
        "api_auth": {"jwt_secret": keys["jwt_secret"]},
        # A task that is ready starts within a fifth of a second; the default second per step adds up over a night.
        "scheduler": {"scheduler_idle_sleep_time": "0.2"},
        # A task that has ended keeps its place among the six until the next heartbeat, and so does the end of `stop`.
        "workers": {"min_heartbeat_interval": "1"},
        "dag_processor": {"refresh_interval": "15", "bundle_refresh_check_interval": "5"},
        "logging": {
            "base_log_folder": str(home / "airflow" / "logs"),
            "colored_console_log": "False",
            "file_task_handler_new_folder_permissions": "0o700",
            "file_task_handler_new_file_permissions": "0o600",
        },
    }


def environment(home: Path, metadata: str, port: int, dags: Path | None = None) -> dict[str, str]:
    """Return the whole environment of an Airflow process.

    Args:
        home: the state folder.
        metadata: connection URI of Airflow's own database.
        port: of the UI and the API.
        dags: folder of the DAGs; the project's where it is None.
    """
    # An Airflow that the user has set up for himself must not leak into this one.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW_")}
    local = ",".join(filter(None, (inherited.get("NO_PROXY") or inherited.get("no_proxy"), "127.0.0.1,localhost")))
    own = {
        "AIRFLOW_HOME": str(home / "airflow"),
        "REKISTERI_HOME": str(home),
        "GX_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PYTHONUTF8": "1",
        "NO_PROXY": local,
        "no_proxy": local,
    }
    for section, options in _settings(home, metadata, port, dags or paths.PROJECT / "dags").items():
        own |= {f"AIRFLOW__{section}__{option}".upper(): value for option, value in options.items()}
    return inherited | own
