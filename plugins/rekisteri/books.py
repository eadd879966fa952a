"""The books of a merge: what was read is somewhere, and what was there before is there or accounted for (rule 4)."""

from dataclasses import dataclass

FLOWS = (
    "inserted", "updated", "unchanged", "quarantined", "suppressed", "vanished", "left", "removed", "released", "added"
)  # fmt: skip
"""What moved, in the order in which a merge counts it."""


@dataclass(frozen=True)
class Book:
    """The books of one entity of one pull: flows and stocks, in rows."""

    read: int
    inserted: int
    updated: int
    unchanged: int
    quarantined: int
    suppressed: int
    vanished: int
    left: int
    removed: int
    released: int
    added: int
    register_before: int
    register_after: int
    quarantine_before: int
    quarantine_after: int
    skipped: int
    """Rows at the source that were not read, since they are as they were."""
    waiting: int
    """Rows in quarantine that were not looked at, since nothing has changed."""

    @property
    def merged(self) -> int:
        """Rows that are new or differ from what was held."""
        return self.inserted + self.updated

    def faults(self) -> list[str]:
        """Return what does not balance, as sentences; empty when the books are right."""
        found = []
        if self.read != self.merged + self.unchanged + self.quarantined + self.suppressed:
            found.append(
                f"read {self.read} is not merged {self.merged} + unchanged {self.unchanged} + quarantined "
                f"{self.quarantined} + suppressed {self.suppressed}"
            )
        if self.register_after != self.register_before + self.inserted - self.left:
            found.append(
                f"register holds {self.register_after}, not {self.register_before} + {self.inserted} new "
                f"- {self.left} left"
            )
        if self.quarantine_after != self.quarantine_before - self.removed + self.added:
            found.append(
                f"quarantine holds {self.quarantine_after}, not {self.quarantine_before} - {self.removed} removed "
                f"+ {self.added} added"
            )
        if self.quarantine_after != self.quarantined + self.waiting:
            found.append(
                f"quarantine holds {self.quarantine_after}, not the {self.quarantined} refused + {self.waiting} waiting"
            )
        return found
