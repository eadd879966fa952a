"""The pages in a running Airflow, after a night: who may look, where the UI shows them, and that they tell no value."""

from collections import deque
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urljoin

import httpx
import pytest

from rekisteri.embedded import secrets
from rekisteri.embedded.api import Api
from tests.airflow.conftest import Night, Run
from tests.airflow.test_leaks import found_in, sought
from tests.pages.markup import Page, parsed

# The first test that asks for it waits for the whole night, on a busy machine for minutes.
pytestmark = pytest.mark.timeout(1800)

PAGES = ("/rekisteri/", "/rekisteri/gates", "/rekisteri/gates/rows", "/rekisteri/where", "/rekisteri/transfers")


@dataclass
class Visitor:
    """Somebody at the API server; without a name, somebody who has not logged in."""

    night: Night
    name: str | None

    def __post_init__(self) -> None:
        self.url = f"http://127.0.0.1:{self.night.environment['REKISTERI_UI_PORT']}"
        self.client = httpx.Client(base_url=self.url, timeout=60, trust_env=False)
        if self.name:
            login = {"username": self.name, "password": secrets.read(self.night.home, "ui_passwords.json")[self.name]}
            # As the UI does: the token is a cookie that the frame sends too.
            token = self.client.post("/auth/token", json=login).json()["access_token"]
            self.client.cookies.set("_token", token)

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path)


def reached(visitor: Visitor) -> dict[str, Page]:
    """Return every page that can be reached by following the pages' own links."""
    found: dict[str, Page] = {}
    waiting = deque(PAGES)
    while waiting:
        path = waiting.popleft()
        if path in found:
            continue
        answer = visitor.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        # The Data Docs are pages of their own: what makes them sound is tested where they are made.
        found[path] = Page(answer.text) if "/data-docs/" in path else parsed(answer.text)
        links = (urljoin(path, link.partition("#")[0]) for link in found[path].refers)
        waiting += [link for link in links if link.startswith("/rekisteri/") and "/static/" not in link]
    return found


@pytest.mark.parametrize(("name", "status"), [(None, 401), ("analyst", 403), ("dpo", 200), ("admin", 200)])
def test_the_officer_and_admins_may_look_and_nobody_else(
    night: Night, first: Run, name: str | None, status: int
) -> None:
    visitor = Visitor(night, name)
    for path in PAGES:
        answer = visitor.get(path)
        assert answer.status_code == status, path
        parsed(answer.text)
    assert [visitor.get(f"/rekisteri/{path}").status_code for path in ("docs", "redoc", "openapi.json")] == [404] * 3


@pytest.mark.parametrize("name", ["analyst", "dpo"])
def test_who_is_refused_elsewhere_is_let_in_by_no_token_of_an_own_making(night: Night, first: Run, name: str) -> None:
    visitor = Visitor(night, None)
    token = Visitor(night, name).client.cookies["_token"]
    visitor.client.cookies.set("_token", token[:-4] + ("aaaa" if token[-4:] != "aaaa" else "bbbb"))
    assert {visitor.get(path).status_code for path in PAGES} <= {401, 403}


def test_the_navigation_leads_to_the_pages(night: Night, first: Run) -> None:
    visitor = Visitor(night, "dpo")
    plugins = visitor.get("/api/v2/plugins").json()["plugins"]
    (view,) = [view for plugin in plugins for view in plugin["external_views"] if plugin["name"] == "rekisteri"]
    assert (view["name"], view["destination"], view["nav_top_level"]) == ("Register", "nav", True)
    assert visitor.get(view["href"]).status_code == 200
    for icon in (view["icon"], view["icon_dark_mode"]):
        assert visitor.get(icon).headers["content-type"].startswith("image/svg+xml")
    assert visitor.get("/api/v2/plugins/importErrors").json()["total_entries"] == 0


def test_the_pages_tell_the_night_and_no_value(night: Night, first: Run, down: Run) -> None:
    pages = reached(Visitor(night, "dpo"))
    gates = pages["/rekisteri/gates"].text
    # In the last night the CRM was down.
    assert "2 of 3 merged" in gates
    assert "CRM: after the step" in gates
    for rule in {rule for _, _, _, rule in first.quarantine}:
        assert rule in gates
    # Each planted row that has a key is on the page of its rule.
    rows = " ".join(page.text for path, page in pages.items() if "/rows?" in path)
    assert {key for _, _, key, _ in first.quarantine if key} <= set(rows.split())
    values = sought(night.planted)
    assert len(pages) > 100
    for path, page in pages.items():
        assert found_in(page.html, values) == set(), path
    # The search itself sees what it is for.
    name = next(name for name in night.planted["names"] if not name.isascii())
    assert found_in(pages["/rekisteri/gates"].html + f"<td>{name}</td>", values)


def test_a_pull_leads_to_its_dag_run(night: Night, down: Run) -> None:
    links = parsed(Visitor(night, "dpo").get("/rekisteri/gates").text).links("/dags/")
    # The one that stopped is told of twice.
    assert sorted(link.split("/")[2] for link in links) == [
        "ingest_billing",
        *["ingest_crm"] * 2,
        "ingest_service_desk",
    ]
    with Api(Visitor(night, None).url, "admin", secrets.read(night.home, "ui_passwords.json")["admin"]) as api:
        for link in links:
            _, _, dag_id, _, run_id = link.split("/")
            assert api.state(dag_id, unquote(run_id)) in ("success", "failed")


def asked(night: Night, *words: str) -> Any:
    """Return what the command says, for people."""
    done = night.command(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_command_tells_the_same(night: Night, first: Run) -> None:
    said = asked(night, "gates", "--all")
    assert "Pulls of the night" in said
    for rule in {rule for _, _, _, rule in first.quarantine}:
        assert rule in said
    assert found_in(said, sought(night.planted)) == set()
