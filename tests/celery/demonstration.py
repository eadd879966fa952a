"""The topology with the demonstration's sources, and the personal logins of its Airflow."""

import json
import shutil
from pathlib import Path

import httpx
import yaml

from rekisteri import paths, sources
from rekisteri.embedded import secrets as embedded_secrets
from tests.celery.topology import Topology
from tests.faults import nights

PASSWORDS = {"admin": "only-for-this-test-1", "dpo": "only-for-this-test-2"}
DPO_ID = "2"
"""FAB numbers its users in the order in which they are made: the administrator, then the data protection officer."""


def _policy(to: Path) -> None:
    shutil.copytree(paths.POLICY, to)
    controller = to / "controller.yaml"
    held = yaml.safe_load(controller.read_text(encoding="utf-8"))
    controller.write_text(yaml.safe_dump(held | {"approvers": [DPO_ID]}), encoding="utf-8")


def make(folder: Path, home: Path, own: dict[str, str]) -> Topology:
    """Make the topology's secret files and settings; nothing is started.

    Args:
        folder: for all of it; any account must be able to reach it.
        home: state folder of the embedded server that holds the demonstration's sources.
        own: environment variables of its services, over those of docker-compose.yml.
    """
    state, policy = folder / "state", folder / "policy"
    _policy(policy)
    made = Topology(folder, own | {"REKISTERI_HOME": str(state), "REKISTERI_POLICY": str(policy)})
    known = embedded_secrets.read(home, "connections.json")
    keys = embedded_secrets.read(home, "variables.json")
    mail = {"smtp_default": "smtp://127.0.0.1:9/?disable_tls=true&disable_ssl=true"}
    made.make_secrets(
        {source: known[source] for source in sources.read()} | mail, keys | {"rekisteri_as_of": str(nights.AS_OF)}
    )
    # What this process looks through: the sources as before, the warehouse of the topology.
    admin = json.loads((made.secrets / "server_connections.json").read_text(encoding="utf-8"))["warehouse_admin"]
    embedded_secrets.write(state, "connections.json", known | {"warehouse_admin": admin})
    return made


def make_administrator(topology: Topology) -> None:
    """Make the first login as README says."""
    command = "airflow users create --role Admin --username admin --email admin@example.com --firstname A --lastname B"
    topology.run("api-server", *command.split(), answers=2 * f"{PASSWORDS['admin']}\n")


def make_dpo(url: str) -> None:
    """Make the data protection officer's login, as the administrator."""
    login = {"username": "admin", "password": PASSWORDS["admin"]}
    token = httpx.post(f"{url}/auth/token", json=login, trust_env=False).json()["access_token"]
    user = {"username": "dpo", "email": "dpo@example.com", "first_name": "D", "last_name": "P"}
    made = httpx.post(
        f"{url}/auth/fab/v1/users",
        json=user | {"roles": [{"name": "User"}], "password": PASSWORDS["dpo"]},
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
    )
    assert made.status_code in (200, 201), made.text
