"""All rows of the three sources and the manifest of what was planted in them; no database is touched."""

from dataclasses import dataclass
from datetime import date, timedelta

from rekisteri.demo import billing, crm, faults, service_desk, truth
from rekisteri.demo.customers import DUE, Customer, customer
from rekisteri.demo.manifest import Hold, Keys, Manifest
from rekisteri.demo.rows import TABLES, Planted, Rows, columns
from rekisteri.demo.words import version
from rekisteri.errors import SetupError

LARGEST = 1_000_000
RECORDING_DAYS = range(179, 187)  # six months, and two days to either side
CASE_DAYS = range(28, 33)  # thirty days after a case closed, likewise


@dataclass(frozen=True)
class Generated:
    """What one call of :func:`generate` made."""

    sources: dict[str, Rows]
    """Source to its rows: ``sources["crm"].tables["people"]`` lists tuples in the order of the DDL's columns."""
    manifest: Manifest
    planted: Planted


def generate(customers: int, seed: int, as_of: date) -> Generated:
    """Make the demo's rows; the same arguments make the same rows.

    Args:
        customers: how many, 1 to 1,000,000; the first ones are the same whatever the number.
        seed: of all chance in it.
        as_of: the demo's frozen date; stages of life are counted from it.

    Raises:
        SetupError: the number of customers is out of range, or a data file is missing.
    """
    if not 1 <= customers <= LARGEST:
        raise SetupError(f"the demo makes 1 to {LARGEST:,} customers, not {customers}; give --customers such a number")
    planted = Planted()
    sources = {source: Rows(source, planted) for source in TABLES}
    manifest = Manifest(seed, customers, as_of.isoformat(), version())
    in_crm: set[int] = set()
    at_desk: set[int] = set()
    everybody = []
    for index in range(customers):
        one = customer(seed, index, as_of)
        everybody.append(one)
        billing.build(one, seed, as_of, sources["billing"])
        crm.build(one, seed, as_of, sources["crm"], in_crm)
        service_desk.build(one, seed, as_of, sources["service_desk"], at_desk)
    for one in everybody:
        _note(one, as_of, manifest)
    _note_people(everybody, manifest)
    _note_recordings(sources["service_desk"], as_of, manifest)
    manifest.same = truth.same(everybody, sources["crm"])
    _note_transfers(sources["crm"], manifest)
    for out in sources.values():
        made, missing = faults.plant(out, max(1, customers // 1_000))
        manifest.faults += made
        manifest.not_planted += missing
        manifest.rows[out.source] = dict(sorted(out.records.items()))
        manifest.hetu[out.source] = dict(sorted(out.hetus.items()))
    return Generated(sources, manifest, planted)


def keys(one: Customer) -> dict[str, str]:
    """Return a customer's key in each source that has it."""
    found = {"billing": billing.key(one), "crm": str(crm.key(one))}
    return found | {"service_desk": service_desk.key(one)} if one.at_desk else found


def _append(to: Keys, found: dict[str, str]) -> None:
    for source, key in found.items():
        to.setdefault(source, []).append(key)


def _note(one: Customer, as_of: date, manifest: Manifest) -> None:
    _append(manifest.stages.setdefault(one.stage, {}), keys(one))
    if one.stage in DUE:
        _append(manifest.due.setdefault("whole", {}), keys(one))
    if one.stage == "ended_invoices_kept":
        _append(manifest.due.setdefault("but_invoices", {}), keys(one))
    if one.stage == "prospect_again":
        _append(manifest.due.setdefault("but_prospect", {}), keys(one))
    if one.stage in ("held", "hold_expired"):
        until = as_of + timedelta(days=200 if one.stage == "held" else -30)
        since = as_of - timedelta(days=400)
        for source, key in keys(one).items():
            name = f"{'claim' if one.stage == 'held' else 'old-claim'}-{one.index}"
            span = (since.isoformat(), until.isoformat())
            manifest.holds.append(Hold(name, source, "customer", key, *span, "legal_claim"))


def _note_people(everybody: list[Customer], manifest: Manifest) -> None:
    tied = {who.index for one in everybody if one.stage not in DUE for who in one.contacts}
    for before, one in zip([None, *everybody], everybody, strict=False):
        for who in one.contacts if one.stage in DUE else ():
            if who.index in tied:
                found = {"crm": str(crm.person_key(who))}
                desk = {"service_desk": service_desk.person_key(who)} if one.at_desk else {}
                _append(manifest.kept_persons, found | desk)
        if before and one.contacts[0].name == before.contacts[0].name:
            pair = (before.contacts[0], one.contacts[0])
            manifest.alike.append({"crm": [str(crm.person_key(who)) for who in pair]})


def _note_transfers(in_crm: Rows, manifest: Manifest) -> None:
    for country, key in in_crm.abroad:
        if country == "United Kingdom":
            manifest.transfers.append(key)
        else:
            what = f"delivered from London, on consents to {country}"
            manifest.faults.append(faults.Fault("crm", "service", key, "residency:delivered_from", 1, what))


def _note_recordings(desk: Rows, as_of: date, manifest: Manifest) -> None:
    case, closed = (columns("service_desk", "tickets").index(c) for c in ("ticket_no", "closed"))
    closing = {row[case]: row[closed] for row in desk.tables["tickets"]}
    key, of, at = (columns("service_desk", "recordings").index(c) for c in ("recording_id", "ticket_no", "recorded"))
    found: dict[str, list[str]] = {"due": [], "held": [], "kept": [], "at_boundary": []}
    for row in desk.tables["recordings"]:
        ages = [
            ((as_of - date.fromisoformat(moment[:10])).days, bounds)
            for moment, bounds in ((row[at], RECORDING_DAYS), (closing[row[of]], CASE_DAYS))
            if moment
        ]
        over = any(age >= bounds.stop for age, bounds in ages)
        if over and not found["held"]:
            # One recording that is over its time is kept by a hold on its case.
            found["held"].append(row[key])
            span = (row[at][:10], (as_of + timedelta(days=90)).isoformat())
            manifest.holds.append(Hold("complaint-1", desk.source, "case", row[of], *span, "complaint"))
        else:
            boundary = not over and any(age in bounds for age, bounds in ages)
            found["due" if over else "at_boundary" if boundary else "kept"].append(row[key])
    manifest.recordings = found
