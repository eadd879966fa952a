"""The version of all that decides how a source's rows are read and judged: what is unchanged is not judged again."""

import hashlib
from datetime import date
from importlib.metadata import version

from rekisteri import paths, sources
from rekisteri.model import ENTITIES, pulled_columns
from rekisteri.residency.locations import inside_on

_POLICIES = ("conforming.yaml", "residency.yaml", "eu_eea.csv", "cloud_regions.csv", "row_rules.yaml")
_STATEMENTS = (
    "warehouse/22_remove_hetu",
    "pull/checked",
    "pull/suppress_copies",
    "pull/suppress_identifier",
    "pull/suppress_parent",
    "quality/gate",
    "quality/is_held",
    "quality/broken",
    "quality/refuse",
    "quality/unlike_names",
)
_SAYS_HOW_TO_READ = {"controller", "timezone", "date", "decimal", "phone_country"}
_JUDGES = (
    "checked",
    "conditions",
    "conforming",
    "counting",
    "expectations",
    "gate_columns",
    "gate_entity",
    "gate_joins",
    "gate_relation",
    "judging",
    "lengths",
    "refusing",
    "rules",
    "staging",
    "suppression",
    "typed_cells",
)
"""Modules that, with those of residency, decide how a row is read and judged."""


def of(source: str, night: date) -> str:
    """Return a checksum of all that decides how this source's rows are read and judged.

    A row is looked at again only when it, or one of these, changed.
    """
    digest = hashlib.sha256()
    for entity, table in ENTITIES.items():
        digest.update(repr((entity, pulled_columns(table))).encode())
    policies = [paths.POLICY / name for name in _POLICIES]
    residency = [*paths.PACKAGE.glob("residency/*.py"), *paths.SQL.glob("residency/*.sql")]
    modules = [*residency, *(paths.PACKAGE / f"{name}.py" for name in _JUDGES)]
    for path in [*policies, *sorted(modules), *(paths.SQL / f"{name}.sql" for name in _STATEMENTS)]:
        digest.update(path.read_bytes())
    expected = paths.EXPECTATIONS / f"{source}.yaml"
    if expected.exists():
        digest.update(expected.read_bytes())
    digest.update(sources.named(source).model_dump_json(include=_SAYS_HOW_TO_READ).encode())
    # A country may join or leave: what is inside tonight decides, not only what the file says.
    digest.update(repr(inside_on(night)).encode())
    for library in ("phonenumbers", "python-stdnum", "email-validator", "pycountry", "pandas", "great-expectations"):
        digest.update(version(library).encode())
    return digest.hexdigest()[:16]
