"""What a person lets one pull break: names of rules that stop a pull, given to the DAG as ``accept``.

They count for that DAG run's pull only. A rule is named as the refusal names it, whatever its entity: ``vanished``,
``nulls:email``, or ``expects:not_be_null.score`` of what include/expectations says of the source.
"""

import json
import re
from collections.abc import Iterable, Sequence

from rekisteri import audit, expectations
from rekisteri.errors import PolicyError
from rekisteri.expectations import EXPECTS
from rekisteri.gate_history import Finding
from rekisteri.pulls import Pull

_OF_EVERY_SOURCE = re.compile(r"vanished|volume|count:rows|(?:total|fresh|nulls)(?::[a-z_]+)?")


def is_accepted(pull: Pull, rule: str) -> bool:
    """Return whether a person lets a pull break a rule: by its name, or by that of all of its kind (``nulls``)."""
    return rule in pull.accepted or rule.partition(":")[0] in pull.accepted


def require_names(source: str, accepted: Sequence[str]) -> None:
    """Refuse the name of a rule that there is not: a typing error would accept nothing.

    Expectations are named one by one: each asks something else, so ``expects`` alone says nothing.

    Raises:
        PolicyError: one of them is none, or the source's expectations have a fault.
    """
    for n, name in enumerate(accepted, 1):
        if _OF_EVERY_SOURCE.fullmatch(name):
            continue
        own = _stopping(source)
        if name not in own:
            of_source = "".join(f", {rule}" for rule in sorted(own))
            raise PolicyError(
                f"accept: name {n} of {len(accepted)} is no rule that stops a pull of {source}; write it as the "
                "refusal does: vanished, volume, count:rows, total:<column>, fresh:<column>, nulls:<column>"
                f"{of_source or f'; no expectation of it ({EXPECTS}:...) stops a pull'}"
            )


def _stopping(source: str) -> set[str]:
    said = expectations.read(source).expectations.values()
    return {one.rule for listed in said for one in listed if one.consequence == "pull"}


def asked(pull: Pull, staff: str | None) -> list[audit.Entry]:
    """Return the evidence of what a person lets a pull break, before it is known whether it does.

    Args:
        pull: as it was begun.
        staff: who; left out where it is no staff id.
    """
    staff = staff if staff and audit.is_staff(staff) else None
    return [
        audit.Entry("stop_accepted", pull.pull_id, pull.night, pull.source, rule=rule, staff=staff)
        for rule in pull.accepted
    ]


def entry(pull: Pull, found: Finding) -> audit.Entry:
    """Return the evidence that a rule stopped a pull, or would have, had nobody accepted it."""
    return audit.Entry(
        "pull_stopped" if found.stopped else "stop_accepted", pull.pull_id, pull.night, pull.source, found.entity,
        found.rule, numbers={"evaluated": found.evaluated, "off": found.refused},
    )  # fmt: skip


def way_through(pull: Pull, rules: Iterable[str]) -> str:
    """Return what lets a pull through once: these rules, with those that were accepted of it already."""
    return f"trigger the DAG with accept: {json.dumps(sorted({*pull.accepted, *rules}))}"
