"""YAML policy files as plain values that know their lines; strict where YAML is lax.

``NO`` is Norway and ``01670`` a postal code; a key given twice, an alias or a tag is refused.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from rekisteri import paths
from rekisteri.errors import PolicyError

Step = str | int
Where = tuple[Step, ...]


class _Loader(yaml.SafeLoader):
    """YAML 1.2 scalars: ``NO`` is Norway and ``01670`` a postal code, not false and 952."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own class attribute, replaced as a whole


for _tag, _pattern, _first in (
    ("bool", r"true|True|false|False", "tTfF"),
    ("int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?[0-9]+\.[0-9]+", "-+0123456789"),
    ("null", r"~|null|", ["~", "n", ""]),
    ("timestamp", r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"(?:{_pattern})$"), list(_first))


def shown(file: Path) -> str:
    """Return a file's name as messages show it: below the project where it is."""
    return str(file.relative_to(paths.PROJECT)) if file.is_relative_to(paths.PROJECT) else str(file)


def at(file: Path, line: int) -> str:
    """Return ``include/policy/sources.yaml:12`` for a file and its line."""
    return f"{shown(file)}:{line}"


def located(file: Path | str) -> Path:
    """Return the full path of a policy file: a bare name is one in the policy folder."""
    return paths.POLICY / file


def dotted(where: Sequence[Step]) -> str:
    """Return a place in a file as messages show it, such as ``sources.crm``."""
    return ".".join(str(step) for step in where) or "the file"


def read(file: Path | str) -> tuple[Any, dict[Where, int]]:
    """Read a YAML policy file.

    Args:
        file: its path, or its bare name in the policy folder.

    Returns:
        The content, and the line of every key and list item by its path, such as ``("sources", "crm", 0)``.

    Raises:
        PolicyError: missing, unreadable, or a key is given twice.
    """
    path = located(file)
    lines: dict[Where, int] = {}
    return _plain(_compose(path), path, (), lines), lines


def text_of(path: Path) -> str:
    """Return the text of a policy file.

    Raises:
        PolicyError: missing, or not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PolicyError(f"{shown(path)} is missing; restore it from version control") from None
    except (OSError, ValueError) as error:  # not UTF-8, or a name that no file can have
        raise PolicyError(f"{shown(path)}: cannot be read as UTF-8 text ({type(error).__name__})") from None


def _compose(path: Path) -> yaml.Node:
    return _composed(path, text_of(path))


# A step asks for the same few files over and over; what decides is the text that a file has now.
@lru_cache(maxsize=64)
def _composed(path: Path, text: str) -> yaml.Node:
    try:
        for token in yaml.scan(text, _Loader):
            if isinstance(token, yaml.AliasToken | yaml.AnchorToken):
                where = at(path, token.start_mark.line + 1)
                raise PolicyError(f"{where}: YAML anchors and aliases are not taken; write it out")
        node = yaml.compose(text, _Loader)
    except RecursionError:
        raise PolicyError(f"{shown(path)}: nested too deeply; a policy has a few levels") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise PolicyError(f"{at(path, line)}: a character that YAML does not allow; remove it") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = at(path, mark.line + 1 if mark else 1)
        raise PolicyError(f"{where}: not readable as YAML: {getattr(error, 'problem', None)}") from None
    if node is None:
        raise PolicyError(f"{at(path, 1)}: the file is empty; restore it from version control")
    return node


def _plain(node: yaml.Node, path: Path, where: Where, lines: dict[Where, int]) -> Any:
    lines.setdefault(where, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, path, (*where, i), lines) for i, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, where, lines)
    try:
        return yaml.constructor.SafeConstructor().construct_object(node)
    except (yaml.YAMLError, ValueError, TypeError):
        line = at(path, node.start_mark.line + 1)
        raise PolicyError(f"{line}: {dotted(where)} cannot be read as a value; put it in quotes") from None


def _mapping(node: yaml.MappingNode, path: Path, where: Where, lines: dict[Where, int]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise PolicyError(f"{at(path, line)}: a key must be a word, not a list or a mapping")
        inner = (*where, key.value)
        if key.value in content:
            raise PolicyError(
                f"{at(path, line)}: key {key.value!r} is given twice in {dotted(where)} "
                f"(first in line {lines[inner]}); keep one"
            )
        lines[inner] = line
        content[key.value] = _plain(value, path, inner, lines)
    return content
