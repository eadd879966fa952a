"""What ties a record to its subject, as `rekisteri who` tells it: kinds of identifiers and keys, never a value."""

from collections.abc import Mapping
from typing import Any

KINDS = {"y_tunnus": "Y-tunnus", "email+name": "e-mail + name", "phone+name": "phone + name", "decided": "decision"}
"""What ties records, the strongest first, and how people call it."""
RECORD = ("source", "entity", "source_key")
OTHER = ("other_source", "other_entity", "other_key")


def explained(source: str, key: str, entity: str | None = None) -> list[dict[str, Any]]:
    """Return each subject that a record of this key is of, with its records, what ties them, decisions and reviews."""
    from rekisteri.cli import reading

    records = reading.rows("who/records", source=source, source_key=key, entity=entity)
    subjects = {record["subject_id"]: record["kind"] for record in records}
    ties, decisions, reviews = (
        reading.rows(f"who/{name}", subjects=list(subjects)) for name in ("ties", "decisions", "reviews")
    )
    answer = []
    for subject_id, kind in subjects.items():
        own = [record for record in records if record["subject_id"] == subject_id]
        held = {of(record) for record in own}
        answer.append(
            {
                "subject_id": subject_id,
                "kind": kind,
                "records": [
                    {
                        **{name: record[name] for name in (*RECORD, "rule")},
                        "tied_by": _tied_by([tie for tie in ties if of(tie) == of(record)]),
                        "reviews": [one["rule"] for one in reviews if of(one) == of(record)],
                    }
                    for record in own
                ],
                "decisions": [one for one in decisions if held & {of(one), of(one, OTHER)}],
            }
        )
    return answer


def of(row: Mapping[str, Any], names: tuple[str, ...] = RECORD) -> tuple[Any, ...]:
    """Return the record that a row is of, or the other one that it names."""
    return tuple(row[name] for name in names)


def _tied_by(ties: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "kind": kind,
            "with": [dict(zip(RECORD, of(tie, OTHER), strict=True)) for tie in ties if tie["kind"] == kind],
        }
        for kind in KINDS
        if any(tie["kind"] == kind for tie in ties)
    ]
