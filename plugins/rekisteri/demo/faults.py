"""Planting of faults: extra records, modelled on sound ones, each with one thing wrong, from include/demo/faults."""

from dataclasses import asdict, dataclass
from typing import Any

from rekisteri.demo.rows import Rows, Slots
from rekisteri.demo.words import words
from rekisteri.errors import SetupError

#: Columns of foreign tables that hold the record's own key.
KEYS = {
    "asiakas": "asiakasnro",
    "osoite": "osoite_id",
    "laskutustapa": "tapa_id",
    "lasku": "lasku_id",
    "perinta": "perinta_id",
    "organisations": "party_id",
    "people": "party_id",
    "party_roles": "party_id",
    "contact_points": "party_id",
    "clients": "client_id",
    "requesters": "requester_id",
    "accounts": "account_id",
    "assets": "asset_tag",
    "tickets": "ticket_no",
    "threads": "entry_id",
    "recordings": "recording_id",
}
_FIRST_NUMBER = 9_000_000


@dataclass(frozen=True)
class Fault:
    """One record that a gate must refuse."""

    source: str
    entity: str
    source_key: str
    rule: str
    copies: int
    what: str

    def listed(self) -> dict[str, Any]:
        """Return it as the manifest lists it."""
        return asdict(self)


def templates(source: str) -> list[dict[str, Any]]:
    """Return the fault templates of one source."""
    return list(words(f"faults/{source}")["faults"])


def plant(out: Rows, times: int) -> tuple[list[Fault], list[str]]:
    """Add the faulty records of one source.

    Args:
        out: the source's rows, complete but for these.
        times: how many records to make of each template.

    Returns:
        The faults, and what could not be planted for want of a sound record to model it on.
    """
    planted: list[Fault] = []
    missing: list[str] = []
    for template in templates(out.source):
        needed = [template, *template.get("children", [])]
        if not all(out.donors[one["entity"]] for one in needed):
            missing.append(f"{out.source}: {template['what']}")
            continue
        for n in range(times):
            _plant(out, template, n, None, planted)
    return planted, missing


def _plant(out: Rows, template: dict[str, Any], n: int, parent: Any, planted: list[Fault]) -> None:
    donors = out.donors[template["entity"]]
    donor, slots = donors[n % len(donors)]
    number = _FIRST_NUMBER + out.next("fault")
    key = number if isinstance(donor, int) else f"{donor[:1] if donor[:1].isalpha() else ''}{number}"
    made = _clone(slots, donor, key)
    _set(made, template.get("set", {}), out)
    if parent is not None:
        _set(made, {template["link"]: parent}, out)
    out.add(template["entity"], key, made)
    copies = 1
    if again := template.get("duplicate"):
        table, values = made[again]
        second: Slots = {again: (table, dict(values))}
        _set(second, template["second"], out)
        out.add(template["entity"], key, second)
        copies = 2
    if not template.get("sound"):
        planted.append(Fault(out.source, template["entity"], str(key), template["rule"], copies, template["what"]))
    for child in template.get("children", []):
        _plant(out, child | {"what": f"{template['what']}: its {child['entity']}"}, n, key, planted)


def _clone(slots: Slots, old: Any, new: Any) -> Slots:
    made: Slots = {}
    for name, (table, values) in slots.items():
        column = KEYS.get(table, "id")
        own = {column: new} if values.get(column) == old else {}
        if "object_key" in values:
            own["object_key"] = f"faulty/{new}.wav"  # else two records would own one file
        made[name] = (table, values | own)
    return made


def _set(made: Slots, changes: dict[str, Any], out: Rows) -> None:
    for place, value in changes.items():
        slot, _, column = place.rpartition(".")
        if (slot or "row") not in made or column not in made[slot or "row"][1]:
            raise SetupError(
                f"include/demo/faults/{out.source}.yaml: nothing to set at {place!r}; "
                f"records there have {', '.join(f'{s}.{c}' for s, (_, v) in made.items() for c in v)}"
            )
        made[slot or "row"][1][column] = value
        if isinstance(value, str) and len(value) > 5:
            out.planted.faulty.add(value)
