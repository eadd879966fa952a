"""`rekisteri quarantine`: what a data protection officer sees and does, without ever having seen the code."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from rekisteri import connections, paths
from rekisteri.cli import app, quarantine
from rekisteri.errors import WarehouseError
from rekisteri.quarantine import looking
from tests.pull.conftest import NIGHT, Shop
from tests.quarantine.test_retest import UNASSIGNED, fill, mend

SECRET = "Salainen Nimi"


@pytest.fixture(autouse=True)
def _tonight(monkeypatch: pytest.MonkeyPatch) -> None:
    """The night of the shop's pulls, as `make run` freezes that of the demonstration."""
    for module in ("quarantine", "showing", "deciding"):
        monkeypatch.setattr(f"rekisteri.cli.{module}.tonight", lambda: NIGHT)


def call(*words: Any, status: int = 0) -> Any:
    """Run a command with --json; return its answer."""
    answer = CliRunner().invoke(app, ["quarantine", *map(str, words), "--json"])
    assert answer.exit_code == status, answer.output
    return json.loads(answer.stdout)


def people(*words: Any) -> str:
    """Run a command as people do; return what it shows."""
    answer = CliRunner().invoke(app, ["quarantine", *map(str, words)])
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def misused(*words: Any) -> str:
    """Run a command that is called wrongly; return what it says, on one line."""
    answer = CliRunner().invoke(app, ["quarantine", *map(str, words)])
    assert answer.exit_code == 2, answer.output
    return " ".join(answer.output.replace("\u2502", " ").split())


def keys(*words: Any) -> set[tuple[str, str]]:
    return {(row["entity"], row["source_key"]) for row in call("list", *words)}


def test_the_list_says_what_each_row_waits_for_and_narrows(shop: Shop) -> None:
    fill(shop)
    shop.night()
    rows = {(row["entity"], row["source_key"]): row for row in call("list")}
    assert rows["contract", "20"]["waits_for"] == "customer 2, which waits itself (format:phone, required:name)"
    assert rows["service", "100"]["waits_for"] == "contract 10, which waits itself (reference:customer_key)"
    assert rows["customer", "1"]["waits_for"] is None
    assert {row["state"] for row in rows.values()} == {"waiting"}
    assert keys("--rule", "reference") == {
        ("contract", "10"),
        ("contract", "20"),
        ("service", "100"),
        ("service", "101"),
    }
    assert keys("--rule", "required:name") == {("customer", "2")}
    assert keys("--entity", "customer", "--rule", "format") == {("customer", "1"), ("customer", "2"), ("customer", "5")}
    assert keys("--source", "shop") == set(rows)
    shop.warehouse.execute("update quarantine.row set first_refused_on = %s - 8 where source_key = '1'", (NIGHT,))
    assert keys("--older-than", 7) == {("customer", "1")}
    assert keys("--older-than", 8) == set()
    assert "waits for" in people("list")
    assert "contract 10" in people("list")


def test_a_record_that_is_waited_for_waits_itself_or_is_not_there(shop: Shop) -> None:
    shop.client("4", label="Yksi")
    shop.client("4", label="Kaksi")
    shop.client("5", label=None)
    for no, client in (("40", "4"), ("50", "5"), ("51", "5"), ("90", "nobody")):
        shop.deal(no, client)
    shop.night()
    waits_for = {row["source_key"]: row["waits_for"] for row in call("list", "--entity", "contract")}
    assert waits_for == {
        "40": "customer 4, which waits itself (unique:source_key)",
        "50": "customer 5, which waits itself (required:name)",
        "51": "customer 5, which waits itself (required:name)",
        "90": "customer, which is not there",
    }
    place = ("--source", "shop", "--entity", "customer", "--key", "5")
    call("reject", *place, "--staff", "dpo")
    # A row of a contract is shown alone, too; and a key counts for its own source only.
    shop.warehouse.execute(
        "update quarantine.row set source = 'other' where source_key = '4'; "
        "insert into register.customer (source, source_key, controller, first_pull, changed_pull, content_hash, kind, "
        "name) values ('shop', 'nobody', 'praecom', uuidv7(), uuidv7(), 'x', 'company', 'Nimi Oy')"
    )
    shown = {key: call("show", *place[:2], "--entity", "contract", "--key", key) for key in ("40", "50", "90")}
    assert {key: one["waits_for"] for key, one in shown.items()} == {
        "40": "customer, which is not there",
        "50": "customer 5, which a person rejected",
        "90": "customer nobody, which is there by now",
    }


def test_what_waits_for_a_row_is_told_before_a_release(shop: Shop) -> None:
    shop.client("1", label=SECRET, tel="x")
    shop.deal("10", "1")
    shop.deal("11", "1", starts=None)
    shop.line("100", "10", what=SECRET)
    shop.line("101", "11")
    shop.client("2", label=None)
    shop.deal("20", "2")
    shop.line("200", "nobody")
    shop.night()
    place = ("--source", "shop", "--entity", "customer", "--key")
    told = call("show", *place, "1")
    assert [(one["source"], one["entity"], one["source_key"], one["rules"]) for one in told["waited_for_by"]] == [
        ("shop", "contract", "10", ["reference:customer_key"]),
        ("shop", "contract", "11", ["reference:customer_key", "required:started_on"]),
        ("shop", "service", "100", ["reference:contract_key"]),
        ("shop", "service", "101", ["reference:contract_key"]),
    ]  # fmt: skip
    assert told["waited_for_by_total"] == 4
    assert {name for one in told["waited_for_by"] for name in one} == {"id", "source", "entity", "source_key", "rules"}
    assert [one["source_key"] for one in call("show", told["waited_for_by"][0]["id"])["waited_for_by"]] == ["100"]
    assert [one["source_key"] for one in call("show", *place, "2")["waited_for_by"]] == ["20"]
    people_are_told = people("show", *place, "1")
    assert "Waits for it" in people_are_told
    assert "required:started_on" in people_are_told
    assert SECRET not in people_are_told + json.dumps(told, ensure_ascii=False)
    nobody = call("show", "--source", "shop", "--entity", "service", "--key", "100")
    assert (nobody["waited_for_by"], nobody["waited_for_by_total"]) == ([], 0)
    assert "No row waits for it." in people("show", nobody["id"])
    done = call("release", *place, "1", "--staff", "dpo")
    # The contract without a day does not come in with it, nor does what waits for that one.
    assert {row["entity"]: row["released"] for row in done["sources"]["shop"]} == {
        "customer": 1, "contract": 1, "service": 1,
    }  # fmt: skip


def test_of_many_rows_that_wait_the_first_are_named_and_the_rest_is_counted(shop: Shop) -> None:
    shop.client("1", label=None)
    for no in range(looking.NAMED + 3):
        shop.deal(f"D-{no:02}", "1")
    shop.night()
    place = ("--source", "shop", "--entity", "customer", "--key", "1")
    told = call("show", *place)
    assert [one["source_key"] for one in told["waited_for_by"]] == [f"D-{no:02}" for no in range(looking.NAMED)]
    assert told["waited_for_by_total"] == looking.NAMED + 3
    assert "and 3 further row(s)" in people("show", *place)


def test_a_row_says_whether_the_register_holds_an_older_version(shop: Shop) -> None:
    shop.client("1", label="Vanha Oy")
    shop.deal("10", "1")
    shop.night()
    shop.conn.execute("update client set label = null; update deal set starts = 'x'")
    shop.client("2", label=None)
    shop.client("10", label=None)  # its key is that of a contract which is held
    shop.client("3", label="", kind="")
    shop.conn.execute("update client set no = null where no = '3'")
    shop.night()
    assert shop.held("customer", "name") == {"1": ("Vanha Oy",)}
    held = {(row["entity"], row["source_key"]): row["held"] for row in call("list")}
    assert held == {
        ("customer", "1"): "an older version", ("contract", "10"): "an older version", ("customer", "2"): "nothing",
        ("customer", "10"): "nothing", ("customer", None): "nothing",
    }  # fmt: skip
    place = ("--source", "shop", "--entity", "customer", "--key", "1")
    told = call("show", *place)
    # What refers to a record whose older version is held does not wait for it.
    assert (told["held"], told["waited_for_by"]) == ("an older version", [])
    assert "an older version" in people("show", *place)


def test_decisions_are_told_the_newest_first(shop: Shop) -> None:
    assert call("decided") == []
    assert "Nobody has decided" in people("decided")
    shop.client("1", label=SECRET, tel="x")
    shop.client("2", label=SECRET, mail="x")
    shop.night()
    place = ("--source", "shop", "--entity", "customer")
    said = people("release", *place, "--key", "1", "--staff", "dpo", "--reason", "phone_not_needed")
    first, second, *_ = said.splitlines()
    assert re.fullmatch(r"Row \d+ \(shop customer 1\) was released by dpo: phone_not_needed", first)
    assert second == "The table counts the rows of shop that wait: they were judged again along with it."
    assert "1 row(s) released" in said
    shop.warehouse.execute("update quarantine.decision set decided_on = decided_on - 1")
    said += people("reject", *place, "--key", "2", "--staff", "dpo", "--reason", "not_ours")
    assert re.search(r"^Row \d+ \(shop customer 2\) was rejected by dpo: not_ours$", said, re.MULTILINE)
    told = call("decided")
    assert [(one["source_key"], one["decision"], one["reason"], one["staff"]) for one in told] == [
        ("2", "reject", "not_ours", "dpo"), ("1", "release", "phone_not_needed", "dpo"),
    ]  # fmt: skip
    assert told[1]["decided_on"] == "2026-10-31"
    assert told[1]["rules"] == ["format:phone"]
    assert call("decided", "--source", "shop", "--entity", "contract") == []
    assert call("decided", "--source", "shop") == told
    assert "no source 'crn' is known" in misused("decided", "--source", "crn")
    shown = people("decided")
    assert "phone_not_needed" in shown
    assert SECRET not in said + shown + json.dumps(told)


def test_a_released_row_that_another_gate_refuses_is_told_so(shop: Shop) -> None:
    shop.client("1")
    shop.deal("10", "1")
    shop.line("100", "10", cloud="aws", region="eu-west-2", what="x" * 1000)
    shop.night()
    place = ("--source", "shop", "--entity", "service", "--key", "100")
    assert call("show", *place)["rules"][0]["rule"] == "length:product"
    said = people("release", *place, "--staff", "dpo")
    assert "It still waits: another rule refuses it (residency:delivered_from)" in said
    assert "0 row(s) released" in said


def test_a_row_is_told_what_its_sources_file_expects(shop: Shop) -> None:
    paths.EXPECTATIONS.mkdir(exist_ok=True)
    (paths.EXPECTATIONS / "shop.yaml").write_text(
        "expectations:\n  customer:\n    - type: expect_column_value_lengths_to_be_between\n"
        "      kwargs: {column: name, max_value: 9}\n      severity: critical\n      consequence: row\n"
        "      why: Our customers have short names.\n",
        encoding="utf-8",
    )
    shop.client("1", label=SECRET)
    shop.night()
    (rule,) = call("show", "--source", "shop", "--entity", "customer", "--key", "1")["rules"]
    assert rule["meaning"] == (
        "The expectation in include/expectations/shop.yaml:3 is not met: Our customers have short names. It is "
        "`expect_column_value_lengths_to_be_between` (column `name`, max_value `9`)."
    )
    assert rule["remedy"].startswith("Correct the row at the source")


def test_the_commands_that_the_documentation_prints_can_be_called() -> None:
    text = (paths.PROJECT / "docs" / "quarantine.md").read_text(encoding="utf-8")
    lines = [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    called = set()
    for line in filter(None, lines):
        command, name, *words = shlex.split(line, comments=True)[1:]
        assert command == "quarantine"
        group = get_command(quarantine.quarantine)
        assert isinstance(group, TyperGroup)
        # Only read, not run: its words are of rows that nobody has here.
        group.commands[name].make_context(name, words)
        called.add(name)
    assert called == {"list", "show", "release", "reject", "decided"}


def test_a_subjects_rows_are_listed(shop: Shop) -> None:
    fill(shop)
    shop.night()
    found = call("list", "--subject", "shop", "customer", "1")
    assert {(row["entity"], row["source_key"], row["because"]) for row in found} == {
        ("customer", "1", "own_key"), ("contract", "10", "refers_to"),
        ("service", "100", "refers_to"), ("service", "101", "refers_to"),
    }  # fmt: skip
    assert call("list", "--subject", "shop", "customer", "nobody") == []


def test_a_row_is_explained_and_its_values_are_shown_to_an_approver_only(shop: Shop) -> None:
    shop.client("1", label=SECRET, tel="x")
    shop.night()
    row = call("list")[0]["id"]
    told = call("show", row)
    assert told["rules"][0]["rule"] == "format:phone"
    assert "cannot be read" in told["rules"][0]["meaning"]
    assert "quarantine retest" in told["rules"][0]["remedy"]
    assert told["rules"][0]["may_be_overruled"].startswith("yes")
    assert SECRET not in json.dumps(told, ensure_ascii=False) + people("show", row) + people("list")
    looked = "select staff, entity, numbers from audit.entry where kind = 'quarantine_viewed'"
    refused = call("show", row, "--values", "--staff", "admin", status=1)
    assert refused["error"] == "DecisionRefused"
    assert SECRET not in refused["message"]
    assert "--staff is needed with --values" in misused("show", row, "--values")
    assert shop.warehouse.execute(looked).fetchall() == []
    assert call("show", row, "--values", "--staff", "dpo")["values"]["name"] == SECRET
    assert SECRET in people("show", row, "--values", "--staff", "dpo")
    assert shop.warehouse.execute(looked).fetchall() == [("dpo", "customer", {"columns": 7})] * 2
    evidence = shop.warehouse.execute("select string_agg(to_jsonb(e)::text, '') from audit.entry as e").fetchone()
    assert evidence is not None
    assert SECRET not in evidence[0]


def test_values_are_read_by_the_officers_login(shop: Shop) -> None:
    shop.client("1", label=SECRET, tel="x")
    shop.night()
    row = call("list")[0]["id"]
    auditor = connections.connect("warehouse_auditor", autocommit=True)
    with auditor, pytest.raises(WarehouseError, match="SQLSTATE 42501"):
        looking.values(auditor, row, staff="dpo", on=NIGHT)


def test_retest_release_and_reject_from_the_command(shop: Shop, tmp_path: Path) -> None:
    fill(shop)
    shop.client("6", tel="kysy Maijalta")
    shop.client("7", tel="kysy Maijalta", mail="seitsem\u00e4n@example.com")
    shop.night()
    assert call("retest", "shop")["shop"][0]["released"] == 0
    mend(tmp_path)
    told = people("retest")
    assert "4 row(s) released" in told
    assert (UNASSIGNED,) in shop.held("customer", "phone").values()
    six, seven = (next(r["id"] for r in call("list") if r["source_key"] == key) for key in ("6", "7"))
    done = call("release", six, "--staff", "dpo", "--reason", "phone_not_needed")
    assert (done["decision"], done["sources"]["shop"][0]["released"]) == ("release", 1)
    assert call("reject", seven, "--staff", "dpo", "--reason", "not_ours")["source"] == "shop"
    assert ("customer", "7") not in keys()
    listed = {row["source_key"]: row["state"] for row in call("list", "--rejected")}
    assert listed["7"] == "rejected"
    status = CliRunner().invoke(app, ["status", "--json"])
    counted = {(one["entity"], one["rule"]): one["rows"] for one in json.loads(status.stdout)["quarantine"]}
    assert ("customer", "format:phone") not in counted
    shown = call("show", seven)
    assert (shown["decided"]["decision"], shown["decided"]["reason"]) == ("reject", "not_ours")
    assert call("show", seven, "--values", "--staff", "dpo", status=1)["error"] == "DecisionRefused"
    two = next(r["id"] for r in call("list") if r["source_key"] == "2")
    assert "cannot be released by hand" in call("release", two, "--staff", "dpo", status=1)["message"]
    assert "is not among the approvers" in call("reject", two, "--staff", "admin", status=1)["message"]


def test_a_row_that_is_not_there_is_told(shop: Shop) -> None:
    for words in (("show", 1), ("release", 1, "--staff", "dpo"), ("reject", 1, "--staff", "dpo")):
        told = call(*words, status=1)["message"]
        assert "no row 1 is in quarantine" in told
        assert "got a new number when its source changed it" in told
        assert "--subject" in told
    assert call("retest") == {}


@pytest.mark.parametrize(
    ("words", "known"),
    [
        (("--rule", "nonsense"), "residency"),
        (("--rule", "require"), "required"),
        (("--rule", "format:nonsense"), "format:phone"),
        (("--source", "crn"), "shop"),
        (("--entity", "x"), "contact_role"),
    ],
)
def test_a_name_that_is_not_known_is_no_empty_list(shop: Shop, words: tuple[str, str], known: str) -> None:
    fill(shop)
    shop.night()
    told = misused("list", *words)
    assert f"no {words[0][2:]} '{words[1]}' is known" in told
    assert known in told
    assert call("list", "--rule", "vanished") == []
    assert call("list", "--rule", "length:name") == []


def test_a_row_is_named_by_its_key_whatever_its_number(shop: Shop) -> None:
    shop.client("1", tel="x")
    shop.client("2", label=None)
    shop.client("2", label=None)
    shop.night()
    place = ("--source", "shop", "--entity", "customer")
    told = call("show", *place, "--key", "1")
    assert told["source_key"] == "1"
    assert "show" not in told
    for words in ((), place, (told["id"], *place, "--key", "1")):
        assert "name the row by its number" in misused("show", *words)
    assert "no source 'crm' is known" in misused("show", "--source", "crm", "--entity", "customer", "--key", "1")
    assert "with this key is in quarantine" in call("show", *place, "--key", "9", status=1)["message"]
    assert "2 rows of shop.customer with this key" in call("show", *place, "--key", "2", status=1)["message"]
    done = call("release", *place, "--key", "1", "--staff", "dpo", "--reason", "phone_not_needed")
    assert done["sources"]["shop"][0]["released"] == 1
    shop.client("3", tel="x")
    shop.night()
    assert call("reject", *place, "--key", "3", "--staff", "dpo")["source"] == "shop"


def test_a_refused_location_is_told_with_the_consents_that_it_lacks(consenting: Shop) -> None:
    consenting.night()
    place = ("--source", "shop", "--entity", "service", "--key", "100")
    told = call("show", *place)["located"]
    assert (told["place"], told["case"], told["country"]) == ("aws eu-west-2", "outside", "GB")
    assert [(one["who"], one["why"]) for one in told["missing"]] == [
        ("person shop Aino", "none"),
        ("person shop Eino", "none"),
    ]
    said = " ".join(people("show", *place).split())
    assert "Whose consent is missing" in said
    assert "person shop Aino no consent to GB was ever given" in said
    assert "A consent to United Kingdom (GB) of each who is named here lets the row in at the next pull" in said
    assert "no: no one may let in by hand" in said
    assert "withheld" not in said


def test_a_location_that_nobody_knows_is_withheld_and_said_to_be(consenting: Shop) -> None:
    consenting.line("101", "10", region="mars-north-1", cloud="aws")
    consenting.night()
    place = ("--source", "shop", "--entity", "service", "--key", "101")
    said = " ".join(people("show", *place).split())
    assert "What stands there is withheld, since it may be anything; `rekisteri quarantine show --values`" in said
    assert "mars-north-1" not in said
    assert call("show", *place)["located"]["withheld"] is True
