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
from tests.register_rows import NIGHT


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
    assert (found["source_key"], found["country"], found["data_groups"], found["consent_key"]) == ("7", "GB", [6], "t")
    assert _call("residency", "transfers", "--since", "2026-11-02") == []
    assert "crm service 7" in CliRunner().invoke(app, ["residency", "transfers"]).stdout
    listed = _call("residency", "misplaced")
    assert [one["source_key"] for one in listed["records"]] == ["8"]
    assert listed["sources"] == []
    assert "erasure show" in CliRunner().invoke(app, ["residency", "misplaced"]).stdout


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
