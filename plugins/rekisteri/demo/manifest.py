"""The manifest: what is in the demo's sources, and what a run over them must therefore find."""

from dataclasses import asdict, dataclass, field
from typing import Any

from rekisteri.demo.faults import Fault

Keys = dict[str, list[str]]
"""Source to keys of records there."""


@dataclass(frozen=True)
class Hold:
    """A legal hold that the demo asks for."""

    name: str
    source: str
    entity: str
    source_key: str
    since: str
    until: str
    reason: str

    def listed(self) -> dict[str, Any]:
        """Return it as the manifest lists it."""
        listed = asdict(self)
        listed["from"] = listed.pop("since")
        return listed


@dataclass
class Manifest:
    """What was planted; ``home()/demo/manifest.json`` holds the same. No name, address or number of a person."""

    seed: int
    customers: int
    as_of: str
    version: str
    """Hash of the demo's data and code."""
    rows: dict[str, dict[str, int]] = field(default_factory=dict)
    """Source, entity: rows that the extract reads, faulty ones included."""
    faults: list[Fault] = field(default_factory=list)
    not_planted: list[str] = field(default_factory=list)
    """Fault templates without a sound record to model them on (small demos)."""
    transfers: list[str] = field(default_factory=list)
    """Services of the CRM in London, on each contact's consent; their refused twins are among the faults."""
    hetu: dict[str, dict[str, int]] = field(default_factory=dict)
    """Source, entity: personal identity codes in its texts."""
    holds: list[Hold] = field(default_factory=list)
    stages: dict[str, Keys] = field(default_factory=dict)
    """Stage of life, source: customer keys."""
    due: dict[str, Keys] = field(default_factory=dict)
    """Customers due with all they have (``whole``), all but invoices in statutory years (``but_invoices``), or all but
    what the register of prospects keeps (``but_prospect``)."""
    kept_persons: Keys = field(default_factory=dict)
    """People of customers that are due, whom another customer still ties."""
    recordings: dict[str, list[str]] = field(default_factory=dict)
    """``due`` by their own rule, ``held`` by a hold on their case, ``kept``, ``at_boundary``: within two days of it,
    which a test should leave to the retention rule's own tests."""
    alike: list[dict[str, list[str]]] = field(default_factory=list)
    """Pairs of people with one name who are two, by source: their keys."""
    same: list[list[str]] = field(default_factory=list)
    """Records of one company or person, as ``source entity key``; what is in no list is one of a kind."""

    def listed(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__}
        plain["faults"] = [fault.listed() for fault in self.faults]
        plain["holds"] = [hold.listed() for hold in self.holds]
        return plain

    @classmethod
    def from_listed(cls, listed: dict[str, Any]) -> "Manifest":
        """Return the manifest that :meth:`listed` was made from."""
        holds = [Hold(since=h["from"], **{k: v for k, v in h.items() if k != "from"}) for h in listed["holds"]]
        return cls(**(listed | {"faults": [Fault(**f) for f in listed["faults"]], "holds": holds}))
