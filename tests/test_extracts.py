"""Onboarding is refused before anything runs: with file, line and remedy."""

import shutil
from pathlib import Path

import pytest

from rekisteri import extracts, paths
from rekisteri.errors import PolicyError


@pytest.fixture
def include(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of include/ to spoil."""
    folder = tmp_path / "include"
    shutil.copytree(paths.INCLUDE, folder)
    monkeypatch.setattr(paths, "SQL", folder / "sql")
    monkeypatch.setattr(paths, "POLICY", folder / "policy")
    monkeypatch.setattr(paths, "PROJECT", tmp_path)
    return folder


PERSON = "include/sql/extract/crm/person.sql"
FAULTS = [
    ("select id as source_key, name as full_name, born as birth_date from p", f"{PERSON}:1: alias 'birth_date' is not"),
    ("select\n    id as source_key,\n    hetu\nfrom p", f"{PERSON}:3: alias 'hetu' is not a column of person"),
    ("select id as source_key from p", f"{PERSON}:1: required column 'full_name' is not selected"),
    ("select * from p", f"{PERSON}:1: select * takes what nobody chose"),
    ("select p.*, name as full_name from p", "select * takes what nobody chose"),
    ("select id as source_key, n as full_name from (select * from p) as q", "select * takes what nobody chose"),
    ("with q as (select * from p) select id as source_key, n as full_name from q", "select * takes what nobody chose"),
    ("select id as source_key, p::text as full_name from people as p", f"{PERSON}:1: 'p' names the whole row"),
    ("select id as source_key,\n    to_jsonb(People) as full_name\nfrom people", f"{PERSON}:2: 'People' names"),
    ("select id as source_key, a as full_name, b as full_name from p", "alias 'full_name' is selected twice"),
    ("select id as source_key,, from", f"{PERSON}:1: not one well-formed SELECT"),
    ("select 1 as source_key; select 2 as source_key", "holds 2 statements"),
    ("delete from p", "holds no SELECT; write exactly one SELECT"),
    (
        "select id as source_key from p union all select no as source_key from q",
        "1: is a UNION; put it into a CTE and select from it",
    ),
    ("select id as source_key from p except select no as source_key from q", "1: is an EXCEPT; put it into a CTE"),
    ("with x as (delete from p returning id, name) select id as source_key, name as full_name from x", "only reads"),
    ("", "holds 0 statements"),
]


@pytest.mark.parametrize(("query", "said"), FAULTS)
def test_a_faulty_select_is_refused(include: Path, query: str, said: str) -> None:
    (include / "sql/extract/crm/person.sql").write_text(query, encoding="utf-8")
    found = [fault for fault in extracts.check("crm") if said in fault]
    assert len(found) == 1
    with pytest.raises(PolicyError):
        extracts.require_sound("crm")
    assert extracts.check("billing") == []


def test_a_sound_select_with_a_cte_and_count_star_is_taken(include: Path) -> None:
    counted = "with n as (select owner, count(*) as c from p group by owner)"
    query = f"{counted}\nselect owner as source_key, 'x' as full_name from n"
    (include / "sql/extract/crm/person.sql").write_text(query, encoding="utf-8")
    assert extracts.check("crm") == []
    assert extracts.columns("crm", "person") == ["source_key", "full_name"]


def test_a_column_that_is_named_as_its_table_is_taken_with_its_table(include: Path) -> None:
    query = "select email.id as source_key, email.email as full_name, email.email as email from email"
    (include / "sql/extract/crm/person.sql").write_text(query, encoding="utf-8")
    assert extracts.check("crm") == []


def test_a_file_of_no_entity_is_refused(include: Path) -> None:
    (include / "sql/extract/crm/salary.sql").write_text("select 1 as source_key", encoding="utf-8")
    assert "salary.sql:1: the register has no entity 'salary'" in extracts.check("crm")[0]


def test_a_folder_without_an_entry_and_an_entry_without_a_folder_are_refused(include: Path) -> None:
    (include / "sql/extract/crm").rename(include / "sql/extract/crn")
    found = extracts.check()
    assert any("sources.yaml:" in f and "source 'crm' has no SELECTs" in f for f in found)
    assert any(f.startswith("include/sql/extract/crn: no entry") for f in found)


def test_a_typo_in_the_entry_names_its_line(include: Path) -> None:
    policy = include / "policy/sources.yaml"
    policy.write_text(policy.read_text(encoding="utf-8").replace("    connection: crm", "    conection: crm"))
    found = extracts.check()
    assert any("unknown key 'conection' in sources.crm; did you mean 'connection'?" in f for f in found)
