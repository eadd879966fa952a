"""Policy files are refused with file, line and remedy; never read wrongly, never with a crash."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rekisteri import paths
from rekisteri.errors import PolicyError
from rekisteri.policy import Policy, Row, load_policy, load_table
from rekisteri.policy_lines import at, read


class _Source(Policy):
    connection: str
    since: date
    limit: int = 5
    hosts: tuple[str, ...] = ()


class _Sources(Policy):
    sources: dict[str, _Source]


GOOD = """\
# the sources
sources:
  crm:
    connection: crm
    since: 2024-01-31
    hosts: [NO, 01670]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the place of a policy file that is read well."""
    path = tmp_path / "sources.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def _refusal(file: Path, text: str) -> str:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as refused:
        load_policy(file, _Sources)
    return str(refused.value).removeprefix(f"{file.parent}/")


def test_reads_norway_and_leading_zeros_as_text(file: Path) -> None:
    """YAML 1.1 would make false and 952 of them."""
    source = load_policy(file, _Sources).sources["crm"]
    assert source.hosts == ("NO", "01670")
    assert source.since == date(2024, 1, 31)


def test_knows_the_line_of_each_key(file: Path) -> None:
    """Verdicts name the line that decided."""
    _, lines = read(file)
    assert lines[("sources", "crm", "connection")] == 4
    assert lines[("sources", "crm", "hosts", 1)] == 6


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        (
            "connection:",
            "conection:",
            4,
            "unknown key 'conection' in sources.crm; did you mean 'connection'?",
        ),
        (
            "    since",
            "    xyz: 1\n    since",
            5,
            "unknown key 'xyz' in sources.crm; known here: connection, hosts, limit, since",
        ),
        (
            "    since",
            "    connection: b\n    since",
            5,
            "key 'connection' is given twice in sources.crm (first in line 4); keep one",
        ),
        ("    connection: crm\n", "", 3, "key 'connection' is missing in sources.crm; add it"),
        (": crm", ": 12", 4, "sources.crm.connection: input should be a valid string; put it in quotes"),
        ("01-31", "02-31", 5, "sources.crm.since cannot be read as a value; put it in quotes"),
        ("sources:", "sorces:", 2, "unknown key 'sorces' in the file; did you mean 'sources'?"),
        ("crm:\n", "crm: &a\n", 3, "YAML anchors and aliases are not taken; write it out"),
        ("[NO, 01670]", "[NO", 7, "not readable as YAML: expected ',' or ']', but got '<stream end>'"),
        ("crm:\n", "[crm]:\n", 3, "a key must be a word, not a list or a mapping"),
        (": crm", ": !!python/name:os crm", 4, "sources.crm.connection cannot be read as a value"),
        ("billing", "", 1, "a character that YAML does not allow; remove it"),
    ],
)
def test_a_mistake_is_named_with_line_and_remedy(file: Path, old: str, new: str, line: int, message: str) -> None:
    """One case per kind of mistake."""
    text = GOOD.replace(old, new, 1) if old in GOOD else "\x07" + GOOD
    assert f"sources.yaml:{line}: {message}" in _refusal(file, text)


def test_every_fault_is_told_at_once(file: Path) -> None:
    """A DPO mends a file in one go."""
    told = _refusal(file, "sources:\n  a: {since: 2024-01-01}\n  b: {connection: x, since: soon}\n")
    assert [part.split(":")[1] for part in told.splitlines()] == ["2", "3"]


def test_an_empty_or_missing_file_stops(file: Path) -> None:
    """Silence is no policy."""
    assert "empty" in _refusal(file, "# nothing\n")
    file.unlink()
    with pytest.raises(PolicyError, match="is missing; restore it"):
        load_policy(file, _Sources)


def test_messages_show_the_path_below_the_project() -> None:
    """Never the machine's own folders."""
    assert at(paths.PROJECT / "include" / "policy" / "x.yaml", 3) == "include/policy/x.yaml:3"


class _Country(Row):
    iso2: str
    note: str | None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("iso,note\nFI,\n", "1: the header must be iso2,note"),
        ("iso2,note\nFI\n", "2: 1 cells where the header has 2"),
        ("iso2,note\nFI,ok\n,x\n", "3: iso2: Input should be a valid string"),
        ('iso2,note\n"FI,x\n', "2: not readable as CSV"),
    ],
)
def test_a_table_names_its_wrong_line(tmp_path: Path, text: str, message: str) -> None:
    """CSV policies get the same care."""
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as refused:
        load_table(path, _Country)
    assert f"t.csv:{message}" in str(refused.value)


@settings(max_examples=150, deadline=None)
@given(cut=st.integers(0, len(GOOD)), junk=st.text(max_size=12))
def test_a_mangled_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, cut: int, junk: str) -> None:
    """Whatever is typed into a policy file, the answer is a policy or a PolicyError."""
    path = tmp_path_factory.getbasetemp() / "mangled.yaml"
    path.write_text(GOOD[:cut] + junk + GOOD[cut:], encoding="utf-8", errors="surrogatepass")
    refused = ""
    try:
        load_policy(path, _Sources)
    except PolicyError as error:
        refused = str(error)
    assert not refused or "mangled.yaml" in refused
