"""Data Docs after real pulls with faults: every rule and count, no value of a person, nothing from any other place."""

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
import pytest
from typer.testing import CliRunner

from rekisteri import connections, data_docs, demo, expectations, extraction, extracts, merging, quality, recount
from rekisteri.cli import app
from rekisteri.data_docs import validations
from rekisteri.data_docs.validations import Check, without_values
from rekisteri.demo.load import folder as demo_folder
from rekisteri.errors import SetupError
from rekisteri.nights import ingest, publishing
from rekisteri.residency import gate
from rekisteri.rules import rules
from tests.airflow.test_leaks import found_in, sought

AS_OF = date(2026, 11, 1)
SOURCES = ("billing", "crm", "service_desk")
LOADS = {"src", "srcset", "poster", "background", "data", "action", "formaction", "ping", "manifest"}
"""Attributes by which a page fetches; href counts by its element."""
SECRET = "Kuusikallio"


@dataclass
class Page(HTMLParser):
    """What a page refers to, and its tables by heading."""

    links: list[str] = field(default_factory=list)
    fetched: list[tuple[str, str, str]] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    styles: str = ""
    tables: list[list[list[str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.add(str(value))
            if tag == "a" and name == "href":
                self.links.append(str(value))
            elif name in LOADS or name == "href" or name.startswith("on"):
                self.fetched.append((tag, name, str(value)))
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("td", "th"):
            self.tables[-1][-1].append("")
            self._cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._cell = False

    def handle_data(self, data: str) -> None:
        if self.lasttag == "style":
            self.styles += data
        if self._cell:
            self.tables[-1][-1][-1] += data


def parsed(html: str) -> Page:
    page = Page()
    page.feed(html)
    return page


def pull(source: str, run: str = "night", night: date = AS_OF) -> str:
    pull_id = ingest.open_pull(source, night, run)
    for step in (extraction.extract, ingest.conform, quality.check_quality, gate.check_locations, merging.merge):
        step(pull_id)
    recount.recount(pull_id)
    return pull_id


@pytest.fixture(scope="module")
def night(home: Path, template: str) -> str:
    """Name of a warehouse with one night of the demonstration, which is full of faults, to copy."""
    demo.load(60, 7, AS_OF)
    with connections.connect("postgres_admin", autocommit=True) as server:
        for made in ("warehouse", "docs_night"):
            server.execute(f"drop database if exists {made} with (force)")
        server.execute(f"create database warehouse template {template}")
        # Those of another test's warehouse.
        (home / "audit" / "heads.jsonl").unlink(missing_ok=True)
        for source in SOURCES:
            pull(source)
        # Great Expectations leaves its connection to the garbage collector; a template must have none.
        server.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'warehouse'")
        server.execute("create database docs_night template warehouse")
    return "docs_night"


@pytest.fixture
def pulled(night: str, home: Path) -> Iterator[psycopg.Connection[Any]]:
    """The pipeline's connection to a warehouse with that night."""
    with connections.connect("postgres_admin", autocommit=True) as server:
        server.execute("drop database if exists warehouse with (force)")
        server.execute(f"create database warehouse template {night}")
    # Those of another test's warehouse.
    (home / "audit" / "heads.jsonl").unlink(missing_ok=True)
    with connections.connect("warehouse", autocommit=True) as conn:
        yield conn


@pytest.fixture
def site(pulled: psycopg.Connection[Any]) -> dict[str, str]:
    """The pages of that night, as the officer's login renders them."""
    with connections.connect("warehouse_dpo", autocommit=True) as conn:
        return dict(data_docs.pages(conn))


def results(site: dict[str, str]) -> dict[tuple[str, str], dict[str, tuple[str, str]]]:
    """Return (source, entity) to rule to (rows evaluated, rows refused), as the pages of validations show them."""
    found: dict[tuple[str, str], dict[str, tuple[str, str]]] = {}
    for path, html in site.items():
        if path.startswith("validations/"):
            source, entity = PurePosixPath(path).name.split(".")[:2]
            (table,) = parsed(html).tables
            found[source, entity] = {row[1]: (row[4], row[5]) for row in table[1:]}
    return found


def test_a_night_s_pages_hold_every_rule_with_the_counts_of_quarantine(
    site: dict[str, str], pulled: psycopg.Connection[Any]
) -> None:
    shown = results(site)
    arrived = pulled.execute(
        "select p.source, a.entity, a.read from staging.arrival as a inner join staging.pull as p using (pull_id)"
    ).fetchall()
    assert set(shown) == {(source, entity) for source, entity, read in arrived if read}
    waiting: dict[tuple[str, str], dict[str, int]] = {}
    for source, entity, rule, n in pulled.execute(
        "select source, entity, rule, count(*) from quarantine.row cross join unnest(rules) as rule "
        "where gate = 'quality' group by 1, 2, 3"
    ):
        waiting.setdefault((source, entity), {})[rule] = n
    assert sum(map(len, waiting.values())) > 20
    for source, entity, read in arrived:
        asked = {rule.name for rule in rules(entity, extracts.columns(source, entity))}
        asked |= {rule.name for rule, _ in expectations.known_elsewhere(source, entity)}
        asked |= {one.of.rule for one in expectations.expected(source, entity)}
        refuses = asked - {one.of.rule for one in expectations.expected(source, entity) if one.of.consequence != "row"}
        refuses -= {rule.name for rule, _ in expectations.known_elsewhere(source, entity) if not rule.refuses}
        assert set(shown[source, entity]) == asked
        broken = {rule: int(n) for rule, (_, n) in shown[source, entity].items() if rule in refuses and n != "0"}
        assert broken == waiting.get((source, entity), {})
        # Fewer where an expectation is of some rows only.
        assert max(int(n.replace("\u202f", "")) for n, _ in shown[source, entity].values()) == read


def test_no_page_holds_a_value_of_a_person(site: dict[str, str], pulled: psycopg.Connection[Any]) -> None:
    values = sought(json.loads((demo_folder() / "planted.json").read_text(encoding="utf-8")))
    whole = "\n".join(f"{path}\n{html}" for path, html in site.items())
    kept = "\n".join(row[0] for row in pulled.execute("select result::text from quarantine.validation"))
    assert len(values) > 300
    assert found_in(whole + kept, values) == set()
    planted = next(iter(values)).decode()
    assert found_in(whole + planted, values)


def test_no_page_refers_to_another_place(site: dict[str, str]) -> None:
    assert len(site) > 40
    assert {path.partition("/")[0] for path in site} == {"index.html", "expectations", "validations", "pulls"}
    require_alone(site)


def require_alone(site: dict[str, str]) -> None:
    """Require that no page loads anything, and each link leads to a page that there is."""
    for path, html in site.items():
        page = parsed(html)
        assert page.fetched == [("link", "href", "data:,")], path
        assert page.tags.isdisjoint({"script", "iframe", "object", "embed", "img", "form", "base"})
        assert "@import" not in page.styles
        assert "url(" not in page.styles
        assert "http" not in html.replace("http-equiv", "")
        for link in page.links:
            parts = urlsplit(link)
            assert (parts.scheme, parts.netloc) == ("", "")
            target = _joined(path, unquote(parts.path))
            assert target in site, f"{path} leads to {link}"
            assert not parts.fragment or parts.fragment in parsed(site[target]).ids


def _joined(path: str, link: str) -> str:
    parts = list(PurePosixPath(path).parent.parts) if link else list(PurePosixPath(path).parts)
    for part in PurePosixPath(link).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def test_each_page_is_rendered_alone_as_among_all(site: dict[str, str], pulled: psycopg.Connection[Any]) -> None:
    assert data_docs.render(pulled, "") == site["index.html"]
    assert all(data_docs.render(pulled, path) == html for path, html in list(site.items())[:5])
    for nothing in ("../sources.yaml", "validations/", "index.htm", "/index.html"):
        assert data_docs.render(pulled, nothing) is None


def test_a_source_with_nothing_new_says_so_and_keeps_its_nights(pulled: psycopg.Connection[Any]) -> None:
    before = dict(data_docs.pages(pulled))
    # The same night: what waits for a day is judged again in the next one.
    pull("crm", "next", AS_OF)
    after = dict(data_docs.pages(pulled))
    (page,) = set(after) - set(before)
    assert page.startswith("pulls/2026-11-01/crm.")
    sources = {row[0]: row[1:4] for row in parsed(after["index.html"]).tables[0][1:]}
    assert sources["CRM"] == ["2026-11-01", "merged", "nothing new was judged"]
    assert sources["Billing"][2].endswith("broken")


def test_a_pull_judged_again_is_kept_once(night: str, warehouse: psycopg.Connection[Any]) -> None:
    pull_id = ingest.open_pull("billing", AS_OF, "judged twice")
    for step in (extraction.extract, ingest.conform, quality.check_quality):
        step(pull_id)
    counted = "select count(*), max(validated_at) from quarantine.validation"
    n, at = warehouse.execute(counted).fetchone() or (0, None)
    # As a task that was killed before it noted how far it came.
    warehouse.execute("update staging.pull set state = 'conformed'")
    quality.check_quality(pull_id)
    again, later = warehouse.execute(counted).fetchone() or (0, None)
    assert again == n == 5
    assert later > at


def test_a_warehouse_without_a_pull_has_an_index(warehouse: psycopg.Connection[Any]) -> None:
    assert list(dict(data_docs.pages(warehouse))) == ["index.html"]
    assert "No source was pulled yet" in str(data_docs.render(warehouse, "index.html"))


# How long it is kept, and where it is written.


def test_thirty_nights_are_kept(pulled: psycopg.Connection[Any]) -> None:
    last = AS_OF + timedelta(days=29)
    pulled.execute("update quarantine.validation set night = %s where source = 'billing'", (last,))
    assert validations.prune(pulled, last) == 0
    newest = last + timedelta(days=1)
    kept = len(validations.kept(pulled))
    gone = validations.prune(pulled, newest)
    assert gone > 0
    assert {one.source for one in validations.kept(pulled)} == {"billing"}
    assert len(validations.kept(pulled)) == kept - gone


def test_the_night_s_task_writes_them_below_the_state_folder(pulled: psycopg.Connection[Any], home: Path) -> None:
    written = publishing.build_docs()
    folder = home / "data_docs"
    assert written == len(list(folder.rglob("*.html"))) > 40
    assert (folder / "index.html").read_text(encoding="utf-8") == data_docs.render(pulled, "")


def test_a_folder_is_replaced_whole_and_only_where_it_is_ours(pulled: psycopg.Connection[Any], tmp_path: Path) -> None:
    out = tmp_path / "docs"
    built = CliRunner().invoke(app, ["docs", "build", "--out", str(out), "--json"])
    assert built.exit_code == 0
    said = json.loads(built.output)
    assert Path(said["index"]) == out / "index.html"
    assert said["pages"] == len(list(out.rglob("*.html")))
    (out / "validations" / "stale.html").touch()
    assert CliRunner().invoke(app, ["docs", "build", "--out", str(out)]).exit_code == 0
    assert not (out / "validations" / "stale.html").exists()
    assert list(tmp_path.iterdir()) == [out]
    other = tmp_path / "mine"
    other.mkdir()
    (other / "thesis.txt").touch()
    with pytest.raises(SetupError, match="holds what is no Data Docs"):
        data_docs.build(pulled, other)
    assert (other / "thesis.txt").exists()
    (tmp_path / "file").touch()
    with pytest.raises(SetupError, match="cannot be written"):
        data_docs.build(pulled, tmp_path / "file" / "docs")


# What is kept of a result.


def outcome(type_: str, kwargs: dict[str, Any], result: dict[str, Any], **more: Any) -> Any:
    """Return a validation result such as Great Expectations gives, with one expectation."""
    from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    config = ExpectationConfiguration(type=type_, kwargs=kwargs, meta={"rule": "r", "note": SECRET}, severity="warning")
    one = ExpectationValidationResult(success=False, expectation_config=config, result=result, **more)
    statistics = {"evaluated_expectations": 1, "success_percent": float("nan")}
    return ExpectationSuiteValidationResult(
        success=False, results=[one], suite_name="crm.person", suite_parameters={"p": SECRET}, statistics=statistics,
        meta={"great_expectations_version": "1", "batch": SECRET},
    )  # fmt: skip


def test_whatever_great_expectations_puts_into_a_result_no_value_is_kept() -> None:
    full = {
        "element_count": 5, "unexpected_count": 2, "unexpected_percent": 40.0, "observed_value": 123456789,
        "partial_unexpected_list": [SECRET], "partial_unexpected_counts": [{"value": SECRET, "count": 2}],
        "unexpected_list": [SECRET], "unexpected_index_query": SECRET, "details": {"observed": SECRET},
    }  # fmt: skip
    kwargs = {"column": "name", "value_set": [SECRET], "regex": SECRET, "min_value": 3, "batch_id": SECRET}
    info = {"('table', 'x')": {"exception_message": SECRET, "exception_traceback": SECRET, "raised_exception": True}}
    kept = without_values(outcome("expect_column_values_to_be_in_set", kwargs, full, exception_info=info))
    said = json.dumps(kept)
    assert SECRET not in said
    assert "123456789" not in said
    check = Check.of(kept["results"][0])
    assert (check.evaluated, check.broken, check.severity, check.failed) == (5, 2, "warning", True)
    assert check.settings == {"column": "name", "min_value": 3}


def test_a_number_of_rows_is_kept_and_shown_and_a_number_of_a_column_is_not(pulled: psycopg.Connection[Any]) -> None:
    row = pulled.execute("select pull_id, source, night from staging.pull where source = 'crm'").fetchone()
    assert row is not None
    of = SimpleNamespace(pull_id=row[0], source=row[1], night=row[2])
    counted = outcome("expect_table_row_count_to_be_between", {"min_value": 100}, {"observed_value": 7})
    data_docs.keep(pulled, of, "person", counted)  # type: ignore[arg-type]
    (path,) = (one.path for one in validations.kept(pulled) if (one.source, one.entity) == ("crm", "person"))
    html = str(data_docs.render(pulled, path))
    assert "table row count to be between (min_value 100); observed 7" in html
    largest = without_values(outcome("expect_column_max_to_be_between", {"column": "c"}, {"observed_value": 77}))
    assert "77" not in json.dumps(largest)


# In a browser.


@pytest.fixture
def chromium() -> str:
    """A browser; what asks for it is skipped where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        pytest.skip("no Chromium here: install Debian's chromium")
    return found


def opened(chromium: str, url: str, profile: Path) -> tuple[str, list[str]]:
    """Open a page without any network; return the document, and what the console said."""
    done = subprocess.run(
        [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--enable-logging=stderr", "--log-level=0",
         f"--user-data-dir={profile}", "--dump-dom", url],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@pytest.fixture
def served(pulled: psycopg.Connection[Any], tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    """The site below a path of a web server: its address, and what is asked of it."""
    data_docs.build(pulled, tmp_path / "root" / "deep" / "docs")
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *arguments: Any) -> None:
            asked.append(self.path)

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(tmp_path / "root")))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/deep/docs", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_browser_opens_it_and_asks_for_nothing_else(
    chromium: str, served: tuple[str, list[str]], pulled: psycopg.Connection[Any], tmp_path: Path
) -> None:
    address, asked = served
    one = validations.kept(pulled)[0]
    for n, path in enumerate(("index.html", one.path)):
        for base in (address, (tmp_path / "root" / "deep" / "docs").as_uri()):
            dom, said = opened(chromium, f"{base}/{path}", tmp_path / f"profile{n}{len(base)}")
            assert "<main" in dom
            assert said == []
    assert asked == ["/deep/docs/index.html", f"/deep/docs/{one.path}"]
