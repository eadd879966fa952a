"""A change of policy is an event: dated, in the evidence with the file's hash, and told by what changed.

Each night's tasks begin by comparing the policy files with their last noted versions. Who changed one is known where a
member of staff announced it (`rekisteri policy note`); a change that nobody announced is noted without a name.
"""

import difflib
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from rekisteri import audit, paths, pulls
from rekisteri.errors import PolicyError
from rekisteri.statements import load

_SUFFIXES = {".yaml", ".csv"}
_UNTOLD = {"controller.yaml"}
"""Names people: its hash is kept, its text is not."""
_GONE = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True)
class Version:
    """A policy file as it is."""

    file: str
    sha256: str
    content: str | None


def note(conn: psycopg.Connection[Any], night: date | None = None, staff: str | None = None) -> list[str]:
    """Note the policy files that are not what they were; return their names.

    Args:
        conn: connection of the pipeline or the DPO, with no transaction open.
        night: the night that found it.
        staff: id of the member of staff who announces the change.

    Raises:
        PolicyError: a policy folder cannot be read.
    """
    found = {version.file: version for version in _versions()}
    with pulls.without_values("noting the policies"):
        with conn.transaction():
            conn.execute(load("audit/policy_lock"))
            known = dict(conn.execute(load("audit/policy_newest")).fetchall())
            gone = [Version(name, _GONE, None) for name in sorted(known.keys() - found.keys())]
            changed = [one for one in (*found.values(), *gone) if known.get(one.file) != one.sha256]
            for one in changed:
                bound = {"file": one.file, "checksum": one.sha256, "content": one.content}
                conn.execute(load("audit/policy_note"), bound | {"night": night, "staff": staff})
            # A file that was never seen has not changed: its version is enough.
            entries = [
                audit.Entry("policy_changed", night=night, rule=one.file, staff=staff, plan_checksum=one.sha256)
                for one in changed
                if one.file in known
            ]
            if entries:
                audit.record_many(conn, entries)
        if entries:
            audit.keep_head(conn)
    return [one.file for one in changed]


def difference(versions: list[dict[str, Any]], name: str) -> list[str]:
    """Return what changed from the last version but one of a file to its last, as lines of a unified diff.

    Args:
        versions: the file's versions, the newest first.
        name: the file's.

    Raises:
        PolicyError: no version of it is noted, or its text is not kept.
    """
    if not versions:
        raise PolicyError(f"no version of {name} is noted; `rekisteri policy log` names the files")
    new, old = versions[0], versions[1] if len(versions) > 1 else None
    if name in _UNTOLD:
        raise PolicyError(f"{name} names people, so its hash is kept and not its text; see its version control")
    before, after = ((one["content"] or "").splitlines() if one else [] for one in (old, new))
    titles = [f"{name} {one['noted_at']:%Y-%m-%d %H:%M:%S%z}" if one else "nothing" for one in (old, new)]
    return list(difflib.unified_diff(before, after, titles[0], titles[1], lineterm=""))


def _versions() -> Iterator[Version]:
    for prefix, folder in (("", paths.POLICY), ("expectations:", paths.INCLUDE / "expectations")):
        if prefix and not folder.exists():
            continue
        try:
            for path in sorted(folder.iterdir()):
                if path.suffix in _SUFFIXES:
                    yield _version(prefix, path)
        except OSError as error:
            raise PolicyError(f"{folder.name} cannot be read ({type(error).__name__}); restore it") from None


def _version(prefix: str, path: Path) -> Version:
    held = path.read_bytes()
    told = None if path.name in _UNTOLD else held.decode("utf-8", "replace").replace("\0", "")
    name = re.sub(r"[^a-z0-9_:.]", "_", f"{prefix}{path.name}".lower())[:63]
    return Version(name, hashlib.sha256(held).hexdigest(), told)
