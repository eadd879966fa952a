"""The pages as an application of their own, which Airflow mounts: server-rendered, read-only, of this machine alone."""

from collections.abc import Awaitable, Callable
from datetime import date
from functools import cache
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from psycopg import Connection
from psycopg.rows import DictRow
from starlette.exceptions import HTTPException

from rekisteri import data_groups, gates, inspection, paths
from rekisteri.errors import NoSuchNight, RekisteriError
from rekisteri.gate_night import RuleNight
from rekisteri.pages import drawing, transfers, where
from rekisteri.quarantine.overruling import may_overrule
from rekisteri.remedies import Remedy, explain
from rekisteri.residency import gate, refusals
from rekisteri.residency.names import country_name

PAGE = 50
"""Rows of quarantine on a page."""
BASE = "/rekisteri"
"""Below it Airflow mounts the pages (plugins/rekisteri_plugin.py)."""
_HEADERS = {
    # frame-ancestors: the Airflow UI shows the pages in a frame of its own origin.
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_REFUSED = {
    401: ("Log in first", "This page is for those who are logged in to Airflow. Log in there, then open it again."),
    403: (
        "Not for this login",
        "The pages on the register are for the data protection officer and for admins: they name quarantined rows by "
        "their keys. Ask an admin where you need them.",
    ),
    404: ("No such page", "There is no page at this address. The pages are listed above."),
}
_here = APIRouter()


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(paths.PACKAGE / "pages" / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "number": _number,
        "marked": _marked,
        "group": data_groups.name,
        "paths": drawing.paths,
        "told": drawing.told,
        "destination": transfers.destination,
        "validity": transfers.validity,
    }
    made.globals |= {"drawing": drawing, "title": where.title, "country_name": country_name}
    return made


def _number(value: int | None) -> str:
    # A narrow no-break space between thousands, as the CLI's space: never a line's end.
    return "–" if value is None else f"{value:,}".replace(",", "\u202f")


def _marked(text: str) -> Markup:
    """Return a text with what is between backticks as code."""
    parts = [escape(part) for part in text.split("`")]
    return Markup("").join(Markup("<code>{}</code>").format(p) if n % 2 else p for n, p in enumerate(parts))


_TEMPLATES = _environment()


def _page(request: Request, template: str, status: int = 200, **shown: Any) -> HTMLResponse:
    root = request.scope.get("root_path", "")
    airflow = root.removesuffix(BASE)
    text = _TEMPLATES.get_template(f"{template}.html").render(root=root, airflow=airflow, page=template, **shown)
    return HTMLResponse(text, status)


def run_path(source: str, run_id: str) -> str:
    """Return the path, in the Airflow UI, of the DAG run of a pull."""
    return f"/dags/ingest_{quote(source, safe='')}/runs/{quote(run_id, safe='')}"


@_here.get("/")
@_here.get("/gates")
def _gates(request: Request, night: date | None = None) -> HTMLResponse:
    return _page(request, "gates", found=gates.read(night), run_path=run_path)


Name = Annotated[str | None, Query(max_length=120)]


@_here.get("/gates/rows")
def _rows(
    request: Request,
    source: Name = None,
    entity: Name = None,
    rule: Name = None,
    after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
) -> HTMLResponse:
    asked = {"source": source, "entity": entity, "rule": rule}
    told = gates.read()
    with inspection.opened() as conn:
        found = inspection.rows(conn, "rows", **asked, after=after, most=PAGE + 1)
        located = _located(conn, found, told.newest if told else date.today())
    judged = [one for one in told.rules if (one.source, one.entity, one.rule) == (source, entity, rule)] if told else []
    return _page(
        request,
        "rows",
        asked=asked,
        after=after,
        found=found[:PAGE],
        more=found[PAGE - 1]["quarantine_id"] if len(found) > PAGE else None,
        judged=judged[0] if judged else None,
        said=_said(judged[0] if judged else None, rule) if rule else None,
        overruled=not rule or may_overrule(entity or "", rule) is None,
        located=located,
    )


def _said(judged: RuleNight | None, rule: str) -> Remedy:
    """Return what a rule means and what to do, where it is known that it is one on a whole pull: of that."""
    if judged and judged.level == "pull":
        return gates.of_pull(judged.source, judged.entity, rule)
    return explain(rule)


def _located(conn: Connection[DictRow], found: list[DictRow], on: date) -> dict[int, refusals.Refusal]:
    """Return why each row that a location keeps out was refused, by its number."""
    ids = [row["quarantine_id"] for row in found[:PAGE] if row["gate"] == gate.GATE]
    return refusals.of_rows(conn, ids, on) if ids else {}


@_here.get("/where")
def _where(request: Request, on: date | None = None) -> HTMLResponse:
    return _page(request, "where", found=where.read(on or date.today()))


@_here.get("/transfers")
def _transfers(request: Request, before: Annotated[int | None, Query(ge=1, lt=2**63)] = None) -> HTMLResponse:
    return _page(request, "transfers", found=transfers.read(before), before=before)


def _refuse(request: Request, raised: Exception) -> HTMLResponse:
    status = raised.status_code if isinstance(raised, HTTPException) else 500
    heading, said = _REFUSED.get(status, ("This cannot be shown", "Airflow refuses to show this page."))
    return _page(request, "message", status, heading=heading, said=said)


def _unanswered(request: Request, raised: Exception) -> HTMLResponse:
    # Messages of ours name what is wrong and how to mend it, and never a person's value.
    return _page(request, "message", 503, heading="This cannot be shown now", said=str(raised))


def _no_such_night(request: Request, raised: Exception) -> HTMLResponse:
    said, nights = str(raised), raised.nearest if isinstance(raised, NoSuchNight) else ()
    shown = {"heading": "Nothing was pulled that night", "said": f"{said[0].upper()}{said[1:]}.", "nights": nights}
    return _page(request, "message", 404, **shown)


def _not_understood(request: Request, raised: Exception) -> HTMLResponse:
    said = "A date is written as 2026-11-01, and a page's beginning is a whole number. Follow the links of the pages."
    return _page(request, "message", 400, heading="The address is not one of these pages", said=said)


async def _headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    answer = await call_next(request)
    answer.headers.update(_HEADERS)
    return answer


@cache
def app(required: Callable[..., Any]) -> FastAPI:
    """Return the application.

    Args:
        required: dependency of every page, which refuses who may not look. Style and icons are open: they tell nothing.
    """
    # No generated documentation: it would be open to everyone, and load scripts from elsewhere.
    made = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    made.include_router(_here, dependencies=[Depends(required)])
    made.mount("/static", StaticFiles(directory=paths.PACKAGE / "pages" / "static"), name="static")
    made.middleware("http")(_headers)
    made.add_exception_handler(HTTPException, _refuse)
    made.add_exception_handler(NoSuchNight, _no_such_night)
    made.add_exception_handler(RekisteriError, _unanswered)
    made.add_exception_handler(RequestValidationError, _not_understood)
    return made
