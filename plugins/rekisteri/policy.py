"""Policy files, YAML and CSV, that a data protection officer edits; read strictly and with line numbers.

Every complaint says which line of which file, what is wrong and how to mend it. An unknown key or an
unreadable file stops the run (design.md rule 3, fail closed).
"""

import csv
import difflib
import io
import types
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError

from rekisteri.errors import PolicyError
from rekisteri.policy_lines import Step, Where, at, dotted, located, read, text_of


class Policy(BaseModel):
    """Base of every policy model: unknown keys are refused, values do not change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Row(Policy):
    """Base of one line of a policy CSV; knows the line it came from."""

    line: int


M = TypeVar("M", bound=BaseModel)
R = TypeVar("R", bound=Row)


def load_policy(file: Path | str, model: type[M]) -> M:
    """Read and check one YAML policy file.

    Args:
        file: its path, or its bare name in the policy folder.
        model: pydantic model of the whole file; nested models should be ``Policy`` too.

    Raises:
        PolicyError: missing, unreadable or not as the model says; all faults, each with file and line.
    """
    content, lines = read(file)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        faults = sorted(_fault(dict(e), model, lines) for e in found)
        raise PolicyError("\n".join(f"{at(located(file), line)}: {text}" for line, text in faults)) from None


def load_table(file: Path | str, row: type[R]) -> list[R]:
    """Read and check a policy CSV with a header line.

    Args:
        file: its path, or its bare name in the policy folder.
        row: model of one line; its fields are the header's names, and ``line``.

    Raises:
        PolicyError: missing, unreadable, another header, or a line that is not as the model says.
    """
    path = located(file)
    reader = csv.reader(io.StringIO(text_of(path), newline=""), strict=True)
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
        raise PolicyError(f"{at(path, reader.line_num)}: {dotted(e['loc'])}: {e['msg']}") from None
    return rows


def _fault(error: Mapping[str, Any], model: type[BaseModel], lines: Mapping[Where, int]) -> tuple[int, str]:
    """Return line and sentence for one of pydantic's errors; the value itself is never quoted."""
    loc: Where = tuple(error["loc"])
    known: Where = ()
    for step in loc:
        # pydantic names the tried alternatives of a union among the keys; the file does not have those.
        known = (*known, step) if (*known, step) in lines else known
    line, place = lines[known], dotted(loc[:-1])
    if error["type"] == "extra_forbidden":
        allowed = sorted({name for m in _models(model, loc[:-1]) for name in _keys(m)})
        close = difflib.get_close_matches(str(loc[-1]), allowed, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(allowed) or 'none'}"
        return line, f"unknown key {loc[-1]!r} in {place}; {hint}"
    if error["type"] == "missing":
        return line, f"key {loc[-1]!r} is missing in {place}; add it"
    said = error["msg"].removeprefix("Value error, ")
    remedy = "; put it in quotes" if error["type"] == "string_type" else ""
    return line, f"{dotted(loc)}: {said[:1].lower()}{said[1:]}{remedy}"


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
