"""Which columns look like personal data, by their names: personal_names.yaml, held against the words of a name."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated

from pydantic import StringConstraints

from rekisteri.policy import Policy, load_policy

FILE = "personal_names.yaml"
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
Pattern = Annotated[str, StringConstraints(pattern=r"^\*?[a-z]+\*?( \*?[a-z]+\*?)*$")]
"""Words with spaces between, in small letters, ä and å as a, ö as o; * stands for any letters of that word."""


class Kind(Policy):
    """What one kind of personal data is called."""

    words: tuple[Pattern, ...]
    """Found anywhere in a column's name."""
    alone: tuple[Pattern, ...] = ()
    """Found only where they are the whole name."""


class PersonalNames(Policy):
    """The file personal_names.yaml."""

    kinds: dict[str, Kind]
    but_not: tuple[Pattern, ...]
    """Names that hold one of the words and mean something else."""


def read() -> PersonalNames:
    """Return the policy.

    Raises:
        PolicyError: the file is missing or has a fault; the message names file, line and remedy.
    """
    return load_policy(FILE, PersonalNames)


def words(name: str) -> list[str]:
    """Return the words of a column's name: ``clientIPAddress`` and ``client_ip_address`` have the same three."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return [word.lower() for word in _WORDS.findall(plain)]


def looks_like(column: str, policy: PersonalNames) -> str | None:
    """Return the kind of personal data that a column seems to hold, or None.

    Args:
        column: its name at the source.
        policy: what personal data is called.
    """
    said = words(column)
    excused = [span for pattern in policy.but_not for span in _spans(pattern, said)]
    for kind, names in policy.kinds.items():
        spans = [span for pattern in names.words for span in _spans(pattern, said)]
        spans += [span for pattern in names.alone for span in _spans(pattern, said) if _is_whole(span, said)]
        if any(not any(a <= start and end <= b for a, b in excused) for start, end in spans):
            return kind
    return None


def _is_whole(span: tuple[int, int], said: list[str]) -> bool:
    """Return whether a name is these words and nothing but a number besides: ``name2``."""
    return all(word.isdigit() for n, word in enumerate(said) if not span[0] <= n < span[1])


def _spans(pattern: str, said: list[str]) -> Iterator[tuple[int, int]]:
    """Yield where a pattern is found: the first word and the one after the last."""
    wanted = [_matcher(word) for word in pattern.split()]
    for start in range(len(said) - len(wanted) + 1):
        if all(one.fullmatch(said[start + n]) for n, one in enumerate(wanted)):
            yield start, start + len(wanted)


@lru_cache(maxsize=2000)
def _matcher(word: str) -> re.Pattern[str]:
    return re.compile(word.replace("*", "[a-z]*"))
