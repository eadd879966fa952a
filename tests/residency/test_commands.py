"""What the data protection officer asks the command: transfers, what is misplaced, changes of policy."""

import json
import shutil
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from rekisteri import paths
from rekisteri.cli import app
from tests.register_rows import NIGHT, add


def _call(*words: str) -> Any:
    answer = CliRunner().invoke(app, [*words, "--json"])
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.stdout)


def test_transfers_and_what_is_misplaced_are_listed_by_key(warehouse: psycopg.Connection[Any]) -> None:
    assert _call("residency", "transfers") == []
    warehouse.execute(
        "insert into register.transfer_log (night, destination, source, entity, source_key, person_source, person_key, "
        "data_groups, country, consent_source, consent_key, evidence_at, transferred_at) values "
        "(%s, 'record', 'crm', 'service', '7', 'crm', 'p', '{6}', 'GB', 'crm', 't', now(), now())",
        (NIGHT,),
    )
    warehouse.execute(
        "insert into register.misplaced values ('crm', 'service', '8', 'residency:delivered_from', 'US', %s)", (NIGHT,)
    )
    (found,) = _call("residency", "transfers", "--since", "2026-11-01")
    assert found["still_held"] is False
    told = " ".join(CliRunner().invoke(app, ["residency", "transfers"]).stdout.split())
    assert "still held" in told
    assert "GB no 6" in told
    add(warehouse, "service", "7", contract_key="S-1")
    assert _call("residency", "transfers")[0]["still_held"] is True
    assert "GB yes 6" in " ".join(CliRunner().invoke(app, ["residency", "transfers"]).stdout.split())
    assert (found["source_key"], found["country"], found["data_groups"], found["consent_key"]) == ("7", "GB", [6], "t")
    assert _call("residency", "transfers", "--since", "2026-11-02") == []
    assert "crm service 7" in CliRunner().invoke(app, ["residency", "transfers"]).stdout
    listed = _call("residency", "misplaced")
    assert [one["source_key"] for one in listed["records"]] == ["8"]
    assert listed["sources"] == []
    told = CliRunner().invoke(app, ["residency", "misplaced"]).stdout
    assert "erasure show" in told


def test_what_is_misplaced_is_told_apart_from_what_lies_outside_on_consent(warehouse: object) -> None:
    told = CliRunner().invoke(app, ["residency", "misplaced"]).stdout
    assert "Records that the register holds outside the EU/EEA without a consent in force: nothing yet" in told
    assert "Sources outside the EU/EEA without a consent in force" in told
    assert "on consent: `rekisteri residency transfers`" in told
    help_ = " ".join(CliRunner().invoke(app, ["residency", "misplaced", "--help"]).stdout.split())
    assert "held outside the EU/EEA without a consent in force" in help_
    help_ = " ".join(CliRunner().invoke(app, ["residency", "map", "--help"]).stdout.split())
    assert "status 1 where a place or processor of the policy is outside" in help_
    assert "Records that lie outside on consent are no places of the policy" in help_


def test_a_change_of_policy_is_announced_and_shown(
    warehouse: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(paths.POLICY, tmp_path / "policy")
    monkeypatch.setattr(paths, "POLICY", tmp_path / "policy")
    assert "retention.yaml" in _call("policy", "note", "--staff", "dpo")["noted"]
    assert _call("policy", "note", "--staff", "dpo")["noted"] == []
    file = tmp_path / "policy" / "retention.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("period: P6M", "period: P3M"), encoding="utf-8")
    assert _call("policy", "note", "--staff", "dpo") == {"noted": ["retention.yaml"], "staff": "dpo"}
    newest = _call("policy", "log")[0]
    assert (newest["file"], newest["staff"], newest["first"]) == ("retention.yaml", "dpo", False)
    told = CliRunner().invoke(app, ["policy", "diff", "retention.yaml"]).stdout
    assert "-    period: P6M" in told
    assert "+    period: P3M" in told
    unknown = CliRunner().invoke(app, ["policy", "diff", "nothing.yaml"])
    assert unknown.exit_code == 1
    assert warehouse.execute("select count(*) from audit.entry where kind = 'policy_changed'").fetchone() == (1,)
