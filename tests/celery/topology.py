"""The services of docker-compose.yml as processes of this machine: its own commands, settings and secret files.

What differs from the containers is told here and nowhere else: ports of 127.0.0.1 in place of service names, a
temporary folder in place of volumes and /run/secrets, the embedded server's binaries in place of PostgreSQL's image.
"""

import contextlib
import dataclasses
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from rekisteri import paths
from rekisteri.embedded import place, postgres, services
from rekisteri.production import secrets
from tests.compose import shape

DATABASES = ("warehouse", "airflow-db")
AIRFLOW = ("api-server", "scheduler", "dag-processor", "triggerer")
WORKERS = ("one", "two")


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on, from below those that the kernel gives to connections.

    The services connect to one another before the last of them listens: one of its ports would soon be taken.
    """
    while not postgres.port_is_free(port := random.randrange(15_000, 32_000)):  # noqa: S311 - not a secret
        pass
    return port


class Topology:
    """All services of the file below one folder."""

    def __init__(self, folder: Path, own: Mapping[str, str]) -> None:
        """Keep where they shall be.

        Args:
            folder: that any account can reach.
            own: environment variables of the test, over those of the file.
        """
        self.folder, self.own = folder, dict(own)
        self.ports = {name: free_port() for name in (*DATABASES, "redis", "api-server")}
        self.url = f"http://127.0.0.1:{self.ports['api-server']}"
        self._places: dict[str, place.Place] = {}
        self._started: list[str] = []

    @property
    def secrets(self) -> Path:
        """The folder of the secret files."""
        return self.folder / "secrets"

    def make_secrets(self, connections: Mapping[str, str], variables: Mapping[str, str]) -> None:
        """Make the secret files as an operator does, and put this machine's ports in place of the service names."""
        self.secrets.mkdir(parents=True)
        for name, entries in {"connections.json": connections, "variables.json": variables}.items():
            (self.secrets / name).write_text(json.dumps(dict(entries)), encoding="utf-8")
        secrets.ensure(self.secrets, os.getgid())
        for path in self.secrets.iterdir():
            path.write_text(self._here(path.read_text(encoding="utf-8")), encoding="utf-8")

    def _here(self, text: str) -> str:
        wanted = {f"@{name}:{port}": f"@127.0.0.1:{self.ports[name]}" for name, port in self._known_ports().items()}
        wanted |= {
            "http://api-server:8080": self.url,
            "http://127.0.0.1:8080": self.url,
            "/run/secrets": str(self.secrets),
            "/opt/rekisteri": str(paths.PROJECT),
            "/var/log/airflow": str(self.folder / "logs"),
            "/var/lib/rekisteri/audit": str(self.folder / "audit"),
        }
        for there, here in wanted.items():
            text = text.replace(there, here)
        return text

    def _known_ports(self) -> dict[str, int]:
        return dict.fromkeys(DATABASES, 5432) | {"redis": 6379}

    def environment(self, service: str) -> dict[str, str]:
        """Return the whole environment of a service: the file's, with the test's own over it."""
        inherited = {n: v for n, v in os.environ.items() if not n.startswith(("AIRFLOW_", "REKISTERI_"))}
        told = {name: self._here(value) for name, value in shape.environment(service).items()}
        local = {
            "PATH": f"{Path(sys.executable).parent}:{inherited.get('PATH', os.defpath)}",
            "AIRFLOW_HOME": str(self.folder / "airflow" / service),
            "NO_PROXY": "127.0.0.1,localhost",
            "GX_ANALYTICS_ENABLED": "false",
        }
        if service == "api-server":
            local |= {"AIRFLOW__API__HOST": "127.0.0.1", "AIRFLOW__API__PORT": str(self.ports["api-server"])}
        return inherited | told | local | self.own

    def start_databases(self) -> None:
        """Start both PostgreSQL servers, with the superuser's password of their secret file."""
        for name in DATABASES:
            located = place.locate(self.folder / name)
            self._places[name] = dataclasses.replace(located, port=self.ports[name], listens=True)
            secret = self.secrets / Path(shape.environment(name)["POSTGRES_PASSWORD_FILE"]).name
            postgres.ensure_running(self._places[name], secret.read_text(encoding="utf-8"))

    def start_redis(self) -> None:
        """Start Redis by the file's own command line, on a port of its own."""
        folder = self.folder / "redis"
        folder.mkdir()
        here = ["--port", str(self.ports["redis"]), "--bind", "127.0.0.1", "--dir", str(folder)]
        self.spawn("redis", *here)

    def initialise(self) -> None:
        """Run the one-shot service to its end."""
        self.run("init", *(self._here(word) for word in shape.SERVICES["init"]["command"]))

    def run(self, service: str, *command: str, answers: str = "") -> None:
        """Run a command where a service runs, as `docker compose run` would.

        Args:
            service: its name in the file.
            command: the command.
            answers: to what the command asks, a line each.
        """
        done = subprocess.run(
            command,
            env=self.environment(service),
            cwd=paths.PROJECT,
            input=answers,
            capture_output=True,
            text=True,
            start_new_session=True,  # without a terminal, a password is read from the standard input
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]

    def spawn(self, service: str, *more: str, name: str | None = None) -> None:
        """Start a service by its command line of the file.

        Args:
            service: its name in the file.
            more: further arguments.
            name: of this process, where a service has several.
        """
        command = [self._here(word) for word in shape.SERVICES[service]["command"]]
        command[0] = shutil.which(command[0], path=self.environment(service)["PATH"]) or command[0]
        services.spawn(self.folder, name or service, [*command, *more], self.environment(service), "test")
        self._started.append(name or service)

    def processes(self, name: str) -> list[psutil.Process]:
        """Return the processes of a service, its children's children included."""
        entry = services._entry(self.folder, name)
        return services._members(entry) if entry else []

    def ended(self) -> dict[str, str]:
        """Return the services that have ended, with the end of what each wrote."""
        return {
            name: services.log_file(self.folder, name).read_text(encoding="utf-8", errors="replace")[-2000:]
            for name in self._started
            if not services.runs(self.folder, name)
        }

    def cpu_seconds(self) -> float:
        """Return the processor time that all services and all that they started have taken, in seconds."""
        processes = [process for name in self._started for process in self.processes(name)]
        processes += [psutil.Process(pid) for where in self._places.values() for pid in postgres._holders(where)]
        total = 0.0
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                total += sum(process.cpu_times()[:4])  # its own, and that of children which have ended
        return total

    def logs(self) -> list[Path]:
        """Return every log: of services, of tasks, of DAG files."""
        found = [
            path for folder in ("log", "logs") for path in (self.folder / folder).rglob("*.log*") if path.is_file()
        ]
        return [*found, *(where.log for where in self._places.values())]

    def passwords(self) -> set[str]:
        """Return every password and key of the secret files."""
        texts = {path.name: path.read_text(encoding="utf-8") for path in self.secrets.iterdir()}
        uris = [
            uri
            for name, text in texts.items()
            if name.endswith("connections.json")
            for uri in json.loads(text).values()
        ]
        keys = [value for name, value in json.loads(texts["variables.json"]).items() if "_key_" in name]
        found = [urlsplit(uri).password for uri in [*uris, texts["broker_url"]]]
        return {
            secret
            for secret in [*found, *keys, texts["fernet_key"], texts["jwt_secret"], texts["api_secret_key"]]
            if secret
        }

    def health(self, service: str) -> int:
        """Return the status of a service's health check, by the file's own command."""
        command = shape.SERVICES[service]["healthcheck"]["test"][1:]
        return subprocess.run(command, env=self.environment(service), cwd=paths.PROJECT, check=False).returncode

    def stop(self) -> None:
        """Stop everything and remove what lies outside the folder."""
        services.stop(self.folder, self._started, patience=1)
        for name, where in self._places.items():
            postgres.stop(where)
            place.remove(self.folder / name)
