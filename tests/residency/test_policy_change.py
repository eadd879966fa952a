"""A change of policy: an event of its own, and what it puts outside is listed the same night, whatever is down."""

from pathlib import Path

import pytest

from rekisteri import erasure, policy_events
from rekisteri.errors import PolicyError
from rekisteri.nights import ingest
from tests.pull.conftest import NIGHT, Shop


def _events(shop: Shop) -> list[tuple[str, str | None]]:
    return shop.warehouse.execute(
        "select rule, staff from audit.entry where kind = 'policy_changed' order by seq"
    ).fetchall()


def _versions(shop: Shop, file: str) -> list[dict[str, object]]:
    found = shop.warehouse.execute(
        "select noted_at, content, staff from audit.policy_version where file = %s order by version_id desc", (file,)
    ).fetchall()
    return [dict(zip(("noted_at", "content", "staff"), row, strict=True)) for row in found]


def test_what_a_country_that_leaves_holds_is_listed_with_its_source_down(shop: Shop, tmp_path: Path) -> None:
    shop.client("1")
    shop.deal("10", "1")
    shop.line("100", "10", region="DK")
    shop.line("101", "10", region="SE")
    shop.night()
    assert _events(shop) == []
    assert erasure.plan(shop.warehouse, NIGHT).erase == 0
    table = tmp_path / "include/policy/eu_eea.csv"
    table.write_text(table.read_text().replace("DK,EU,allow,1973-01-01,,", "DK,EU,allow,1973-01-01,2026-10-31,"))
    # No pull: only the plan looks.
    assert policy_events.note(shop.warehouse, NIGHT) == ["eu_eea.csv"]
    assert policy_events.note(shop.warehouse, NIGHT) == []
    assert _events(shop) == [("eu_eea.csv", None)]
    plan = erasure.plan(shop.warehouse, NIGHT)
    found = "select source, entity, source_key, rule, country, found_on from register.misplaced"
    assert shop.warehouse.execute(found).fetchall() == [
        ("shop", "service", "100", "residency:delivered_from", "DK", NIGHT)
    ]
    erasure.approve(shop.warehouse, plan.checksum, "dpo")
    erasure.erase(shop.warehouse, plan.checksum, NIGHT)
    assert list(shop.held("service")) == ["101"]
    assert shop.warehouse.execute(found).fetchall() == []
    assert shop.warehouse.execute("select source from register.misplaced_source").fetchall() == []
    # The source's own host, too.
    table.write_text(table.read_text().replace("FI,EU,allow,1995-01-01,,", "FI,EU,allow,1995-01-01,2026-10-31,"))
    erasure.plan(shop.warehouse, NIGHT)
    assert shop.warehouse.execute("select source, found_on from register.misplaced_source").fetchall() == [
        ("shop", NIGHT)
    ]


def test_who_changed_what_is_told(shop: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "include/policy"
    first = policy_events.note(shop.warehouse, NIGHT)
    assert {"residency.yaml", "cloud_regions.csv", "controller.yaml"} <= set(first)
    assert _events(shop) == []
    for name in ("residency.yaml", "controller.yaml"):
        (folder / name).write_text((folder / name).read_text().replace("hours: 24", "hours: 12") + "# mended\n")
    assert policy_events.note(shop.warehouse, staff="dpo") == ["controller.yaml", "residency.yaml"]
    assert _events(shop) == [("controller.yaml", "dpo"), ("residency.yaml", "dpo")]
    told = policy_events.difference(_versions(shop, "residency.yaml"), "residency.yaml")
    changed = [line[:33] for line in told if line[0] in "+-" and line[:3] not in ("+++", "---")]
    assert changed == ["-  evidence_max_age_hours: 24    ", "+  evidence_max_age_hours: 12    ", "+# mended"]
    assert [one["content"] for one in _versions(shop, "controller.yaml")] == [None, None]
    with pytest.raises(PolicyError, match="names people"):
        policy_events.difference(_versions(shop, "controller.yaml"), "controller.yaml")
    (folder / "publication.yaml").unlink()
    assert policy_events.note(shop.warehouse, NIGHT) == ["publication.yaml"]
    assert _events(shop)[-1] == ("publication.yaml", None)


def test_a_pull_begins_by_noting_the_policies(shop: Shop, tmp_path: Path) -> None:
    ingest.open_pull("shop", NIGHT, "one")
    table = tmp_path / "include/policy/cloud_regions.csv"
    table.write_text(table.read_text() + "aws,eu-test-1,FI,Test,allow,\n")
    ingest.open_pull("shop", NIGHT, "two")
    assert _events(shop) == [("cloud_regions.csv", None)]


def test_nobody_changes_what_was_noted(shop: Shop) -> None:
    import psycopg

    policy_events.note(shop.warehouse, NIGHT)
    for statement in ("update audit.policy_version set staff = 'x'", "delete from audit.policy_version"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            shop.warehouse.execute(statement)
