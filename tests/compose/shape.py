"""docker-compose.yml as Compose reads it: anchors merged, variables put in."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from rekisteri import paths

PATH = paths.PROJECT / "docker-compose.yml"
TEXT = PATH.read_text(encoding="utf-8")
VARIABLE = re.compile(r"\$(\$|\{(\w+)(?::([-?])([^}]*))?\})")


class Unset(Exception):  # noqa: N818 - said as Compose says it
    """A variable that must be set is not."""


def interpolated(text: str, environment: Mapping[str, str]) -> str:
    """Put variables in: ``${A:-default}``, ``${A:?message}``, ``${A}``; ``$$`` is a dollar sign.

    Raises:
        Unset: a variable without default is empty or unset.
    """

    def value(match: re.Match[str]) -> str:
        whole, name, kind, rest = match.groups()
        if whole == "$":
            return "$"
        if held := environment.get(name):
            return held
        if kind == "-":
            return rest
        raise Unset(f"{name}: {rest}")

    return VARIABLE.sub(value, text)


SET = {"REKISTERI_SECRETS": "/secrets", "REKISTERI_SECRETS_GROUP": "2000"}
FILE: dict[str, Any] = yaml.safe_load(interpolated(TEXT, SET))
SERVICES: dict[str, dict[str, Any]] = FILE["services"]


def environment(service: str) -> dict[str, str]:
    """Return a service's environment."""
    return dict(SERVICES[service].get("environment", {}))


def lines(service: str) -> Iterator[str]:
    """Yield the command lines that a service runs, one of a shell script at a time."""
    command = SERVICES[service].get("command", [])
    if command[:1] == ["sh"]:
        yield from filter(None, command[-1].splitlines())
    else:
        yield " ".join(command)


def mounts(service: str) -> Iterator[tuple[str, str, bool]]:
    """Yield a service's mounts: what, where, whether it is read-only."""
    for mount in SERVICES[service].get("volumes", []):
        what, where, *how = mount.split(":")
        yield what, where, how == ["ro"]
