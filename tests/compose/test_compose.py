"""docker-compose.yml is valid, hardened, without any default secret, and speaks the installed Airflow's language.

No Docker engine runs where these tests run: what a container does inside is not seen here. tests/celery runs the same
processes, with the same settings, natively.
"""

import copy
import json
import pkgutil
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator
from typer.testing import CliRunner

from rekisteri import paths
from rekisteri.cli import app
from rekisteri.embedded import postgres
from rekisteri.production import health
from rekisteri.production import secrets as secret_files
from tests.compose.shape import FILE, SERVICES, SET, TEXT, Unset, environment, interpolated, lines, mounts

SCHEMA = json.loads((Path(__file__).parent / "compose-spec.json").read_text(encoding="utf-8"))
AIRFLOW = sorted(name for name, service in SERVICES.items() if "build" in service)
ONE_SHOT = {"init"}


def faults(document: dict[str, Any]) -> list[str]:
    return [error.message for error in Draft7Validator(SCHEMA).iter_errors(document)]


def test_the_file_follows_the_compose_specification() -> None:
    assert faults(FILE) == []


@pytest.mark.parametrize(
    ("service", "key", "value"), [("redis", "restarts", "always"), ("worker", "healthcheck", []), ("init", "tmpfs", 1)]
)
def test_the_schema_refuses_what_the_specification_does_not_know(service: str, key: str, value: object) -> None:
    wrong = copy.deepcopy(FILE)
    wrong["services"][service][key] = value
    assert faults(wrong)


def test_all_parts_of_the_production_shape_are_there() -> None:
    assert set(SERVICES) == {
        *("warehouse", "airflow-db", "redis", "init"),
        *("api-server", "scheduler", "dag-processor", "triggerer", "worker"),
    }
    assert {SERVICES[name]["image"].split(".")[0] for name in ("warehouse", "airflow-db")} == {"postgres:18"}


# Secrets.


@pytest.mark.parametrize(
    "missing", [set(SET), *({name} for name in SET)], ids=lambda names: " and ".join(sorted(names))
)
def test_it_refuses_to_start_without_its_secrets(missing: set[str]) -> None:
    with pytest.raises(Unset, match=r"REKISTERI_SECRETS.*\.env\.example"):
        interpolated(TEXT, {name: value for name, value in SET.items() if name not in missing})


def test_only_what_is_no_secret_has_a_default() -> None:
    assert set(re.findall(r"\$\{(\w+):?-", TEXT)) == {"REKISTERI_UI_PORT", "REKISTERI_UI_URL", "REKISTERI_VERSION"}
    assert set(re.findall(r"\$\{(\w+):\?", TEXT)) == set(SET)
    assert re.findall(r"\$\{?\w+\}?(?![\w:])", TEXT) == []


def test_no_secret_is_in_the_file_in_an_environment_or_on_a_command_line() -> None:
    for name in SERVICES:
        for key, value in environment(name).items():
            if re.search(r"PASSWORD|SECRET_KEY|JWT|FERNET|URL|CONN|BACKEND$", key):
                assert re.fullmatch(
                    r"(cat )?/run/secrets/\w+|http://(127\.0\.0\.1|api-server):8080(/execution/)?|[a-z_.]+\.[A-Z]\w+",
                    value,
                ), (name, key)
        for line in lines(name):
            assert not re.search(r"requirepass|password[ =]|://[^/]*@", line, re.IGNORECASE), (name, line)
    assert not re.search(r"://[^/\s]*:[^/\s]*@", TEXT)


def test_each_secret_is_a_file_that_our_command_makes(tmp_path: Path) -> None:
    declared = {name: secret["file"] for name, secret in FILE["secrets"].items()}
    assert declared == {name: f"/secrets/{name}" for name in secret_files.files(tmp_path)}


def test_a_service_sees_the_secrets_that_its_settings_name_and_no_other() -> None:
    for name, service in SERVICES.items():
        told = " ".join([*environment(name).values(), *lines(name)])
        assert set(re.findall(r"/run/secrets/([\w.]+)", told)) == set(service.get("secrets", [])), name


def test_tasks_reach_neither_airflows_database_nor_its_keys() -> None:
    assert set(SERVICES["worker"]["secrets"]) == {
        *("broker_url", "result_backend", "connections.json", "variables.json"),
    }
    for name in set(SERVICES) - {"worker"}:
        assert not {"connections.json", "variables.json"} & set(SERVICES[name].get("secrets", [])), name


def test_the_example_names_every_variable_and_holds_no_value() -> None:
    example = (paths.PROJECT / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^(\w+)=$", example, re.MULTILINE)) == set(SET)
    assert set(re.findall(r"^(?:# )?(\w+)=", example, re.MULTILINE)) == set(re.findall(r"\$\{(\w+)", TEXT))
    assert re.findall(r"^(?:# )?\w+=.+$", example, re.MULTILINE) == []
    assert ".env" in (paths.PROJECT / ".gitignore").read_text(encoding="utf-8").split()


# Hardening.


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_is_watched_limited_and_without_rights(name: str) -> None:
    service = SERVICES[name]
    limits = service["deploy"]["resources"]["limits"]
    assert set(limits) == {"cpus", "memory", "pids"}
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert not {"cap_add", "privileged", "network_mode", "pid", "ipc", "devices"} & set(service)
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert set(service["logging"]["options"]) == {"max-size", "max-file"}
    assert (service["restart"], "healthcheck" in service) == (
        ("no", False) if name in ONE_SHOT else ("unless-stopped", True)
    )
    assert name in AIRFLOW or service["user"] == "999:999"


def test_a_one_shot_service_is_waited_for_by_all_of_airflow() -> None:
    for name in set(AIRFLOW) - ONE_SHOT:
        assert SERVICES[name]["depends_on"] == {"init": {"condition": "service_completed_successfully"}}
    waited = SERVICES["init"]["depends_on"]
    assert {name: how["condition"] for name, how in waited.items()} == dict.fromkeys(
        ("warehouse", "airflow-db"), "service_healthy"
    )


def test_the_projects_folders_are_mounted_read_only_and_volumes_are_declared() -> None:
    named = set()
    for name in SERVICES:
        for what, _, read_only in mounts(name):
            if what.startswith("."):
                assert read_only, (name, what)
                assert (paths.PROJECT / what).is_dir(), what
            else:
                named.add(what)
    assert named == set(FILE["volumes"])


def test_images_are_pinned() -> None:
    base = re.findall(r"^FROM (\S+)", (paths.PROJECT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    for image in [*base, *(service["image"] for service in SERVICES.values())]:
        assert re.fullmatch(r"[a-z]+:\d+\.\d+[\w.-]*", image), image


def test_only_the_ui_is_published_and_only_on_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"api-server": ["127.0.0.1:8080:8080"]}
    assert not any("expose" in service for service in SERVICES.values())


def test_only_what_must_reaches_the_warehouse() -> None:
    on = {name: {service for service in SERVICES if name in SERVICES[service]["networks"]} for name in FILE["networks"]}
    assert on["data"] == {"warehouse", "worker", "init", "api-server"}
    assert on["outside"] == {"api-server", "dag-processor", "worker"}
    assert [name for name, network in FILE["networks"].items() if network.get("internal")] == ["control", "data"]
    for database in ("warehouse", "airflow-db", "redis"):
        assert len(SERVICES[database]["networks"]) == 1


def test_the_evidences_heads_lie_where_the_warehouse_cannot_write() -> None:
    at = Path(environment("worker")["REKISTERI_AUDIT_HEADS"]).parent
    volume = next(what for what, where, _ in mounts("worker") if Path(where) == at)
    assert [name for name in SERVICES if volume in {what for what, _, _ in mounts(name)}] == ["worker"]


def test_both_databases_are_made_and_run_as_the_embedded_one() -> None:
    # Memory and connections are a machine's affair; what keeps values out of the log, and sorting, is not.
    embedded = {f"-c{name}={value}" for name, value in postgres.SETTINGS.items() if name != "unix_socket_permissions"}
    for name in ("warehouse", "airflow-db"):
        cores = int(SERVICES[name]["deploy"]["resources"]["limits"]["cpus"])
        parallel = f"-cmax_parallel_workers_per_gather={cores - 1}"
        assert set(SERVICES[name]["command"][1:]) == embedded | {parallel}
        arguments = environment(name)["POSTGRES_INITDB_ARGS"].split()
        assert [*arguments, "--username=postgres"] == list(postgres.INITDB)


# The installed Airflow.


def wrong_options(names: list[str]) -> list[str]:
    """Return the environment variables that are no option of this Airflow, a deprecated one, or one without `_CMD`."""
    from airflow.configuration import conf

    known = conf.configuration_description
    wrong = []
    for name in names:
        section, option = name.removeprefix("AIRFLOW__").lower().split("__")
        options = known.get(section, {}).get("options", {})
        plain = option.removesuffix("_cmd")
        secret = (section, plain) in conf.sensitive_config_values
        described = options.get(plain if secret else option)
        if described is None or described.get("version_deprecated"):
            wrong.append(name)
    return wrong


def settings(name: str) -> list[str]:
    return [key for key in environment(name) if key.startswith("AIRFLOW__")]


@pytest.mark.parametrize("name", AIRFLOW)
def test_each_setting_is_one_of_the_installed_airflow(name: str) -> None:
    assert settings(name)
    assert wrong_options(settings(name)) == []


@pytest.mark.parametrize(
    "name",
    [
        *("AIRFLOW__CELERY__WORKER_CONCURENCY", "AIRFLOW__CORE__SQL_ALCHEMY_CONN", "AIRFLOW__WEBSERVER__BASE_URL"),
        *("AIRFLOW__CORE__PARALLELISM_CMD", "AIRFLOW__SELERY__BROKER_URL"),
    ],
)
def test_a_setting_that_airflow_does_not_know_is_found(name: str) -> None:
    assert wrong_options([name]) == [name]


def test_its_executor_and_auth_manager_can_be_imported() -> None:
    """The provider and the library below it are pinned apart from each other: 5.7 of Celery broke this import."""
    from airflow.executors.executor_loader import ExecutorLoader

    told = environment("scheduler")
    assert pkgutil.resolve_name(ExecutorLoader.executors[told["AIRFLOW__CORE__EXECUTOR"]])
    assert pkgutil.resolve_name(told["AIRFLOW__CORE__AUTH_MANAGER"])


def parses(line: str) -> bool:
    from airflow.cli import cli_parser

    try:
        cli_parser.get_parser().parse_args(shlex.split(line)[1:])
    except SystemExit as end:
        return end.code == 0
    return True


def test_each_airflow_command_is_one_of_the_installed_airflow(capsys: pytest.CaptureFixture[str]) -> None:
    commands = [line for name in SERVICES for line in lines(name) if line.startswith("airflow ")]
    assert len(commands) >= 7
    for line in commands:
        assert parses(line), capsys.readouterr().err
    assert not parses("airflow celery workers")
    assert not parses("airflow scheduler --skip-logs")


def test_each_command_of_ours_is_there() -> None:
    commands = [line for name in SERVICES for line in lines(name) if line.startswith("rekisteri ")]
    assert commands
    for line in commands:
        words = [word for word in shlex.split(line)[1:] if not word.startswith("-")]
        assert CliRunner().invoke(app, [*words, "--help"]).exit_code == 0, line
    for name in set(AIRFLOW) - ONE_SHOT:
        *python, asked = SERVICES[name]["healthcheck"]["test"]
        assert python == ["CMD", "python", "-m", health.__name__]
        assert asked == name
        assert asked in {"worker", *health.WATCHED}


def test_no_task_may_run_longer_than_its_message_is_held_back() -> None:
    """Else a task that still runs would be sent to another worker."""
    from rekisteri import schedule

    held_back = int(environment("worker")["AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT"])
    assert held_back > schedule.DEFAULTS["execution_timeout"].total_seconds()


# The image.


def test_the_image_is_built_from_this_project() -> None:
    lines = (paths.PROJECT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    told = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    copied = [word for kind, rest in told if kind == "COPY" for word in rest.split()[:-1]]
    let_in = re.findall(r"^!(\S+)", (paths.PROJECT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(copied) == sorted(let_in)
    assert all((paths.PROJECT / path).exists() for path in copied)
    assert any(kind == "RUN" and "--constraint requirements.lock" in rest for kind, rest in told)
    assert told[-1] == ["USER", "10001:10001"]
    assert not re.search(r"\b(ARG|ADD)\b|password|secret", " ".join(kind + rest for kind, rest in told), re.IGNORECASE)


def test_the_folders_that_airflow_writes_to_belong_to_its_account() -> None:
    """A named volume takes over the owner of the image's folder; a tmpfs is told."""
    dockerfile = (paths.PROJECT / "Dockerfile").read_text(encoding="utf-8")
    made = set(re.search(r"install -d -o 10001 -g 10001 -m 0700 (.*)", dockerfile)[1].split())  # type: ignore[index]
    written = {where for name in AIRFLOW for what, where, read_only in mounts(name) if not read_only}
    assert written < made
    assert all("uid=10001" in mount for name in AIRFLOW for mount in SERVICES[name]["tmpfs"] if "/opt" in mount)


def test_docker_compose_itself_reads_it(tmp_path: Path) -> None:
    docker = shutil.which("docker")
    if not docker or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("no `docker compose` on this machine: the schema and our own reading have to do")
    command = [docker, "compose", "--project-directory", str(paths.PROJECT), "--env-file", "/dev/null", "config"]
    path = {"PATH": str(Path(docker).parent), "HOME": str(tmp_path)}
    refused = subprocess.run(command, env=path, capture_output=True, text=True, check=False)
    assert refused.returncode
    assert "REKISTERI_SECRETS" in refused.stderr
    read = subprocess.run(command, env=path | SET, capture_output=True, text=True, check=True)
    assert set(yaml.safe_load(read.stdout)["services"]) == set(SERVICES)
