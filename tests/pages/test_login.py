"""Who is not logged in is led to Airflow's login, and from there back to the page that was asked for."""

from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from airflow.api_fastapi.core_api.routes.public import public_router
from airflow.api_fastapi.core_api.routes.public.auth import auth_router
from fastapi import FastAPI, HTTPException
from fastapi.testclient import TestClient

from rekisteri.pages.app import app
from rekisteri.pages.rendering import BASE, LOGIN
from tests.pages.markup import parsed


@pytest.mark.parametrize("below", ["", "/airflow"])
@pytest.mark.parametrize(
    "path", ["/gates", "/where?explain=a%26next%3D//b&on=2026-11-01", "/data-docs/%22%3E%3Cscript%3E%25.html"]
)
def test_who_must_log_in_is_led_to_the_login_and_back(home: object, below: str, path: str) -> None:
    async def refuse() -> None:
        raise HTTPException(401)

    outer = FastAPI(root_path=below)
    outer.mount(BASE, app(refuse))
    # Airflow's own, which refuses to lead to another server than this.
    outer.include_router(auth_router, prefix=public_router.prefix)
    outer.state.auth_manager = SimpleNamespace(get_url_login=lambda: "/the/login")
    asked_for = f"{below}{BASE}{path}"
    with TestClient(outer, follow_redirects=False) as client:
        answer = client.get(asked_for)
        assert answer.status_code == 401
        assert "<script>" not in answer.text
        (link,) = [held for held in parsed(answer.text).having("a") if "target" in held]
        assert str(link["href"]).startswith(f"{below}{LOGIN}?")
        # The frame of the Airflow UI may not leave itself: there the script has the UI follow the link.
        assert link["target"] == "_top"
        assert "data-airflow" in link
        led = client.get(str(link["href"]))
    assert led.status_code == 307
    to = urlsplit(led.headers["location"])
    assert (to.path, parse_qs(to.query)) == ("/the/login", {"next": [asked_for]})


def test_nobody_else_is_led_to_the_login(home: object) -> None:
    async def refuse() -> None:
        raise HTTPException(403)

    with TestClient(app(refuse)) as client:
        assert LOGIN not in client.get("/gates").text
