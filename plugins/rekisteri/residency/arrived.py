"""Where a gate looks for records and consents: as the pull brought them, else as the register has them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from psycopg.sql import SQL, Composable, Identifier, Literal

from rekisteri import controller, sources
from rekisteri.pulls import Pull
from rekisteri.residency import consents
from rekisteri.residency.atlas import atlas
from rekisteri.staging import registered, staged
from rekisteri.statements import load

CONSENT = "transfer_consent"


@dataclass(frozen=True)
class Arrived:
    """A pull's records and consents."""

    pull: Pull
    delivered: Collection[str]
    """The entities of which the pull read anything; empty before it did."""
    reads: bool = True
    """Whether the pull reads its source at all, and so confirms the consents there."""
    vanished: bool = True
    """Whether it knows which consents are gone at the source."""

    def records(self, entity: str, column: str, wanted: Composable) -> Composable:
        """Return the newest version of records with a wanted value of a column; a ``consents.Records``."""
        if entity not in self.delivered:
            return consents.held(entity, column, wanted)
        return load(
            "residency/records_newest",
            register=registered(entity),
            column=Identifier(column),
            wanted=wanted,
            columns=consents.listed(entity),
            **self._staged(entity, "checked", "refused", "suppressed"),
        )

    def consents(self, outside: Composable) -> Composable:
        """Return the newest version of the consents to the countries of ``outside``."""
        if CONSENT not in self.delivered:
            return load("residency/consents_held", outside=outside)
        stages = self._staged(CONSENT, "checked", "refused", "suppressed")
        gone: Composable = SQL("(select null::text as source_key where false)")
        stages["vanished"] = staged(self.pull.source, CONSENT, "vanished") if self.vanished else gone
        return load("residency/consents_newest", outside=outside, **stages)

    def bound(self) -> dict[str, Any]:
        """Return the parameters of include/sql/residency/match.sql."""
        return {
            "source": self.pull.source,
            "pull_id": self.pull.pull_id,
            "night": self.pull.night,
            "timezone": controller.read().timezone,
            "oldest": consents.oldest(atlas().policy),
            "brings_consents": self.reads and CONSENT in sources.entities(self.pull.source),
        }

    def waiting(self, entity: str, column: str, wanted: Composable) -> Composable:
        """Return rows in quarantine as records; a ``consents.Records`` for the entity that waits."""
        cells = SQL(",\n    ").join(
            SQL("known.row ->> {} as {}").format(Literal(name), Identifier(name)) for name in consents.looked_at(entity)
        )
        return load("residency/waiting_record", columns=cells, wanted=wanted)

    def _staged(self, entity: str, *stages: str) -> dict[str, Composable]:
        return {stage: staged(self.pull.source, entity, stage) for stage in stages}
