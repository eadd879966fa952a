"""Policy files: YAML and CSV that a data protection officer edits, read strictly and with line numbers.

Every complaint says which line of which file, what is wrong and how to mend it. Nothing is guessed: an unknown
key, a key given twice, a YAML alias or an unreadable file stops the run (design.md rule 3, fail closed).
"""

import csv
import difflib
import re
import types
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from rekisteri import paths
from rekisteri.errors import PolicyError

Step = str | int


class Policy(BaseModel):
    """Base of every policy model: unknown keys are refused, values do not change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Row(Policy):
    """Base of one line of a policy CSV; knows the line it came from."""

    line: int


M = TypeVar("M", bound=BaseModel)
R = TypeVar("R", bound=Row)


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


def load_policy(file: Path | str, model: type[M]) -> M:
    """Read and check one YAML policy file.

    Args:
        file: its path, or its bare name in the policy folder.
        model: pydantic model of the whole file; nested models should be ``Policy`` too.

    Raises:
        PolicyError: missing, unreadable or not as the model says; all faults, each with file and line.
    """
    path = located(file)
    lines: dict[tuple[Step, ...], int] = {}
    content = _plain(_compose(path), path, (), lines)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        faults = sorted(_fault(dict(e), model, lines) for e in error.errors(include_url=False, include_input=False))
        raise PolicyError("\n".join(f"{at(path, line)}: {text}" for line, text in faults)) from None


def lines_of(file: Path | str) -> dict[tuple[Step, ...], int]:
    """Return the line of every key and list item of a YAML policy file, by path such as ``("sources", "crm", 0)``.

    Raises:
        PolicyError: missing or unreadable.
    """
    path, lines = located(file), {}  # type: Path, dict[tuple[Step, ...], int]
    _plain(_compose(path), path, (), lines)
    return lines


def load_table(file: Path | str, row: type[R]) -> list[R]:
    """Read and check a policy CSV with a header line.

    Args:
        file: its path, or its bare name in the policy folder.
        row: model of one line; its fields are the header's names, and ``line``.

    Raises:
        PolicyError: missing, unreadable, another header, or a line that is not as the model says.
    """
    path = located(file)
    reader = csv.reader(_text(path).splitlines(), strict=True)
    wanted = [name for name in row.model_fields if name != "line"]
    rows: list[R] = []
    try:
        header = next(reader, [])
        if header != wanted:
            raise PolicyError(f"{at(path, 1)}: the header must be {','.join(wanted)}")
        for cells in reader:
            if len(cells) != len(wanted):
                raise PolicyError(
                    f"{at(path, reader.line_num)}: {len(cells)} cells where the header has {len(wanted)}; "
                    "put text that holds a comma in double quotes"
                )
            filled = {name: cell or None for name, cell in zip(wanted, cells, strict=True)}
            rows.append(row.model_validate({"line": reader.line_num, **filled}))
    except csv.Error as error:
        raise PolicyError(f"{at(path, reader.line_num)}: not readable as CSV: {error}") from None
    except ValidationError as error:
        e = error.errors(include_url=False, include_input=False)[0]
        raise PolicyError(f"{at(path, reader.line_num)}: {_dotted(e['loc'])}: {e['msg']}") from None
    return rows


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PolicyError(f"{shown(path)} is missing; restore it from version control") from None
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{shown(path)}: cannot be read as UTF-8 text ({type(error).__name__})") from None


def _compose(path: Path) -> yaml.Node:
    text = _text(path)
    try:
        for token in yaml.scan(text, _Loader):
            if isinstance(token, yaml.AliasToken | yaml.AnchorToken):
                raise PolicyError(f"{at(path, token.start_mark.line + 1)}: YAML anchors and aliases are not taken; write it out")
        node = yaml.compose(text, _Loader)
    except RecursionError:
        raise PolicyError(f"{shown(path)}: nested too deeply") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or "a character that YAML does not allow"
        raise PolicyError(f"{at(path, line)}: not readable as YAML: {problem}") from None
    if node is None:
        raise PolicyError(f"{at(path, 1)}: the file is empty; restore it from version control")
    return node


def _plain(node: yaml.Node, path: Path, where: tuple[Step, ...], lines: dict[tuple[Step, ...], int]) -> Any:
    """Return a node as plain Python and note the line of each key and item."""
    lines.setdefault(where, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, path, (*where, i), lines) for i, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        content: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise PolicyError(f"{at(path, line)}: a key must be a word, not a list or a mapping")
            inner = (*where, key.value)
            if key.value in content:
                raise PolicyError(
                    f"{at(path, line)}: key {key.value!r} is given twice in {_dotted(where)} "
                    f"(first in line {lines[inner]}); keep one"
                )
            lines[inner] = line
            content[key.value] = _plain(value, path, inner, lines)
        return content
    try:
        return yaml.constructor.SafeConstructor().construct_object(node)  # type: ignore[no-untyped-call]
    except (yaml.YAMLError, ValueError, TypeError):
        raise PolicyError(f"{at(path, node.start_mark.line + 1)}: {_dotted(where)} cannot be read as a value; put it in quotes") from None


def _fault(error: dict[str, Any], model: type[BaseModel], lines: dict[tuple[Step, ...], int]) -> tuple[int, str]:
    """Return line and sentence for one of pydantic's errors, which never quote the value itself."""
    loc: tuple[Step, ...] = tuple(error["loc"])
    known = loc
    while known and known not in lines:
        known = known[:-1]
    line, place = lines[known], _dotted(loc[:-1])
    if error["type"] == "extra_forbidden":
        allowed = sorted({name for m in _models(model, loc[:-1]) for name in _keys(m)})
        close = difflib.get_close_matches(str(loc[-1]), allowed, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(allowed) or 'none'}"
        return line, f"unknown key {loc[-1]!r} in {place}; {hint}"
    if error["type"] == "missing":
        return line, f"key {loc[-1]!r} is missing in {place}; add it"
    said = error["msg"].removeprefix("Value error, ")
    remedy = "; put it in quotes" if error["type"] == "string_type" else ""
    return line, f"{_dotted(loc)}: {said[:1].lower()}{said[1:]}{remedy}"


def _keys(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield field.alias or name


def _models(kind: Any, where: Sequence[Step]) -> Iterator[type[BaseModel]]:
    """Yield the models that may stand at a place below a type, through lists, mappings and alternatives."""
    origin = get_origin(kind)
    if origin is Annotated:
        yield from _models(get_args(kind)[0], where)
    elif origin in (Union, types.UnionType):
        for choice in get_args(kind):
            yield from _models(choice, where)
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        if not where:
            yield kind
        for name, field in kind.model_fields.items():
            if where and where[0] in (name, field.alias):
                yield from _models(field.annotation, where[1:])
    elif get_args(kind) and where:
        # list[X], tuple[X, ...], dict[str, X]: the last type argument that is a type holds the items.
        yield from _models([a for a in get_args(kind) if a is not Ellipsis][-1], where[1:])


def _dotted(where: Sequence[Step]) -> str:
    return ".".join(str(step) for step in where) or "the file"
