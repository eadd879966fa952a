"""The pages as a browser gets them, on a real warehouse, by a login that may look."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from rekisteri.pages.app import app
from rekisteri.pages.rendering import BASE
from tests.pages.markup import Page, parsed
from tests.pull.conftest import shop  # noqa: F401 - a small foreign system to pull from
from tests.residency.conftest import consenting  # noqa: F401 - the same with people and consents


async def anyone() -> None:
    """Let everyone look: who may, is tested where Airflow is (tests/airflow/test_pages.py)."""


class Browser:
    """Opens pages and parses them."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def open(self, path: str, status: int = 200) -> Page:
        """Open a page, which must answer so, and be sound HTML that refers to nothing elsewhere."""
        answer = self.client.get(path if path.startswith(BASE) else f"{BASE}{path}")
        assert answer.status_code == status, answer.text
        return parsed(answer.text)


@pytest.fixture
def browser(home: object) -> Iterator[Browser]:
    """A browser at the pages, mounted as Airflow mounts them."""
    outer = FastAPI()
    outer.mount(BASE, app(anyone))
    with TestClient(outer, raise_server_exceptions=True, follow_redirects=False) as client:
        yield Browser(client)
