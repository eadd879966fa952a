"""Places as declared: processor, location, groups of data; and the map of all of them."""

import json
from dataclasses import asdict
from datetime import date
from functools import cache

import pytest
from typer.testing import CliRunner

from rekisteri import sources
from rekisteri.cli import app
from rekisteri.errors import PolicyError, ResidencyRefused
from rekisteri.residency import check_processor, holdings, sites
from rekisteri.residency.whereabouts import Whereabouts, whereabouts
from tests.residency.conftest import Edit

ON = date(2026, 11, 1)
STORE = "    object_store: demo/object_store"
ENTRY = "  service_desk:\n    processor: mediavarasto\n    location: eu-north-1\n    provider: aws\n"


def _named(rows: list[Whereabouts], what: str, name: str) -> Whereabouts:
    (row,) = (row for row in rows if (row.what, row.name, row.kind) == (what, name, "place"))
    return row


def test_every_delivered_place_is_inside() -> None:
    for place in sites.every():
        assert sites.check(place, ON).inside, place.title


def test_the_map_names_place_country_rule_and_line_of_all_that_holds_or_reaches_data() -> None:
    rows = whereabouts(ON)
    assert {(row.what, row.name) for row in rows if row.kind == "place"} == {
        ("warehouse", "warehouse"),
        *(("source", name) for name in ("billing", "crm", "service_desk")),
        ("object store", "service_desk"),
        *(("destination", name) for name in ("analyst_tables", "access_packages", "mails")),
    }
    crm = _named(rows, "source", "crm")
    assert (crm.place, crm.country, crm.inside, crm.processor) == ("aws eu-central-1", "DE", True, "kundenbuch")
    assert crm.line.startswith("include/policy/sources.yaml:")
    assert crm.because.startswith("inside since 1958-01-01 (include/policy/eu_eea.csv:")
    reach = {(row.name, row.kind, row.place) for row in rows if row.what == "processor"}
    assert {("laskuri", "access", "EE"), ("nattjour", "storage", "SE"), ("kundenbuch", "access", "IE")} <= reach
    night = next(row for row in rows if row.name == "nattjour")
    assert (night.used_by, night.groups, night.contract) == (
        ("processor 'palvelupiste'",),
        (1, 2, 3, 9),
        date(2022, 2, 1),
    )


def test_the_map_shows_what_is_refused(edit: Edit) -> None:
    edit("processors.yaml", "access: [DE, IE]", "access: [DE, IN]")
    edit("sources.yaml", STORE, "    object_store: s3://recordings")
    edit("places.yaml", ENTRY, "")
    edit("places.yaml", "object_stores:\n", "object_stores: {}\n")
    edit("places.yaml", "  mails:                           # names", "  letters:                         # names")
    rows = whereabouts(ON)
    crm = _named(rows, "source", "crm")
    assert (crm.country, crm.inside) == ("DE", False)
    assert "kundenbuch access 'IN'" in crm.because
    store = _named(rows, "object store", "service_desk")
    assert (store.place, store.country, store.inside) == (None, None, False)
    assert "is not declared, so it is outside" in store.because
    assert [row.place for row in rows if not row.inside and row.what == "processor"] == ["IN"]
    done = CliRunner().invoke(app, ["residency", "map"])
    assert done.exit_code == 1
    assert "OUTSIDE: source crm: " in done.stdout
    done = CliRunner().invoke(app, ["residency", "map", "--json", "--on", "2026-11-01"])
    # What waits in a warehouse is told besides, where there is one.
    told = [{name: value for name, value in one.items() if name != "waiting"} for one in json.loads(done.stdout)]
    assert told == json.loads(json.dumps([asdict(row) for row in rows], default=str))
    assert CliRunner().invoke(app, ["check"]).stdout.count("is not declared, so it is outside") == 2


def test_the_map_as_delivered_is_shown_to_people() -> None:
    done = CliRunner().invoke(app, ["residency", "map"])
    assert done.exit_code == 0
    for told in ("mediavarasto", "aws eu-north-1", "analyst_tables", "processors.yaml:", "processor 'laskuri'"):
        assert told in done.stdout, told


@pytest.mark.parametrize("source", ["billing", "crm", "service_desk"])
def test_a_processor_gets_no_group_of_data_that_it_may_not_hold(
    source: str, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = sources.named(source)
    monkeypatch.setattr(holdings, "delivered", cache(holdings.delivered))
    groups = sorted(holdings.delivered(source))
    for lacking in groups:
        held = [group for group in groups if group != lacking]
        old = {
            "billing": "groups: [1, 2, 3, 4, 5, 6, 7, 10]",
            "crm": "groups: [1, 2, 3, 4, 5, 6, 7, 8, 11, 12]",
            "service_desk": "groups: [1, 2, 3, 4, 5, 6, 7, 9]",
        }[source]
        edit("processors.yaml", old, f"groups: {held}")
        with pytest.raises(
            ResidencyRefused, match=rf"source '{source}' gets .* processor '{entry.processor}' .* {lacking} \(by "
        ):
            sites.check(sites.source(source), ON)
        edit("processors.yaml", f"groups: {held}", old)
    assert sites.check(sites.source(source), ON).inside


def test_what_analysts_get_is_in_the_groups_of_its_place(edit: Edit) -> None:
    edit("places.yaml", "groups: [4, 5, 6, 9]", "groups: [4, 5, 6]")
    with pytest.raises(
        ResidencyRefused, match=r"'analyst_tables' gets data of groups that its own entry .*: 9 \(by case"
    ):
        sites.check(sites.destination(sites.ANALYST_TABLES), ON)
    assert "9 (by case" in CliRunner().invoke(app, ["check"]).stdout


def test_the_warehouse_needs_a_processor_that_may_hold_all_groups(edit: Edit) -> None:
    edit(
        "places.yaml",
        "warehouse:\n  processor: praecom\n  location: hml-1\n  provider: praecom",
        "warehouse:\n  processor: laskuri\n  location: FI",
    )
    with pytest.raises(
        ResidencyRefused, match=r"the warehouse gets .* processor 'laskuri' may not hold: 8 \(by .*12 \(by"
    ):
        sites.check(sites.warehouse(), ON)


def test_a_contract_that_ended_is_none(edit: Edit) -> None:
    edit("processors.yaml", "contract: 2021-06-01", "contract: 2021-06-01\n    contract_ends: 2026-10-31")
    check_processor("kundenbuch", date(2026, 10, 31))
    with pytest.raises(ResidencyRefused, match=r"no agreement in force after 2026-10-31 \(Art. 28\(3\)\)"):
        check_processor("kundenbuch", ON)
    edit("processors.yaml", "contract_ends: 2026-10-31", "contract_ends: 2021-05-31")
    with pytest.raises(
        PolicyError, match=r"processors\.yaml:\d+: processors\.kundenbuch: contract_ends 2021-05-31 is before"
    ):
        check_processor("kundenbuch", ON)


def test_a_place_outside_its_processors_countries_is_refused(edit: Edit) -> None:
    edit("places.yaml", "    location: eu-north-1\n    provider: aws", "    location: FI")
    with pytest.raises(
        ResidencyRefused, match=r"object store of source 'service_desk' .* is in FI, .* storage in SE only"
    ):
        sites.check(sites.object_store("service_desk") or sites.warehouse(), ON)


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("demo/object_store", "the machine"),
        ("/srv/recordings", "the machine"),
        ("file:///srv/recordings", "the machine"),
        ("s3://recordings", None),
        ("https://s3.eu-north-1.amazonaws.com/recordings", None),
    ],
)
def test_a_store_that_is_not_named_is_on_the_machine_or_undeclared(edit: Edit, uri: str, place: str | None) -> None:
    edit("sources.yaml", STORE, f"    object_store: {uri}")
    edit("places.yaml", ENTRY, "")
    edit("places.yaml", "object_stores:\n", "object_stores: {}\n")
    store = sites.object_store("service_desk")
    assert store
    assert (store.site == sites.places().machine) is (place is not None)
    if place:
        assert sites.check(store, ON).country == "FI"
    else:
        with pytest.raises(ResidencyRefused, match=r"is not declared, so it is outside; say .*places\.yaml:\d+"):
            sites.check(store, ON)


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("s3://recordings", None),
        ("https://recordings.s3.eu-north-1.amazonaws.com", None),
        ("https://recordings.s3.eu-west-2.amazonaws.com", "aws eu-west-2"),
        ("s3://recordings?endpoint_override=s3.us-east-1.amazonaws.com", "aws us-east-1"),
        ("https://recordings.fsn1.your-objectstorage.com", "is one of hetzner, not of aws"),
    ],
)
def test_a_stores_endpoint_must_not_contradict_its_place(edit: Edit, uri: str, told: str | None) -> None:
    edit("sources.yaml", STORE, f"    object_store: {uri}")
    store = sites.object_store("service_desk")
    assert store
    if told is None:
        assert sites.check(store, ON).country == "SE"
    else:
        with pytest.raises(ResidencyRefused, match=told) as refused:
            sites.check(store, ON)
        assert "places.yaml:" in str(refused.value)
        assert "residency.yaml:" in str(refused.value)
