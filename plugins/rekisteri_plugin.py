"""Registers the pages on the register's promises with Airflow: *Register* in its navigation.

Every Airflow process imports this file, tasks too: the pages are imported by the first request for one.
"""

from urllib.parse import urlsplit

from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin

PREFIX = "/rekisteri"
# Where Airflow itself is served below a path of its own.
_BASE = urlsplit(conf.get("api", "base_url", fallback="")).path.rstrip("/")


async def _pages(scope, receive, send):
    from rekisteri.pages import permission
    from rekisteri.pages.app import app

    await app(permission.required)(scope, receive, send)


class RekisteriPlugin(AirflowPlugin):
    """The pages, and where the UI shows them."""

    name = "rekisteri"
    fastapi_apps = [{"name": "rekisteri", "app": _pages, "url_prefix": PREFIX}]  # noqa: RUF012 - Airflow's own form
    external_views = [  # noqa: RUF012
        {
            "name": "Register",
            "href": f"{_BASE}{PREFIX}/gates",
            "destination": "nav",
            "nav_top_level": True,
            "url_route": "register",
            "icon": f"{_BASE}{PREFIX}/static/register.svg",
            "icon_dark_mode": f"{_BASE}{PREFIX}/static/register-dark.svg",
        }
    ]
