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
from starlette.exceptions import HTTPException

from rekisteri import data_docs, gates, inspection, paths, residency
from rekisteri.errors import NoSuchNight, RekisteriError
from rekisteri.pages import quarantined, transfers, where
from rekisteri.pages.rendering import page
from rekisteri.residency.locations import LONGEST

_POLICY = "Content-Security-Policy"
_FRAMED = "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
"""The Airflow UI shows the pages in a frame of its own origin."""
_ALONE = f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; {_FRAMED}"
"""Of the Data Docs: their style is in them, since they are files, too; they have no script."""
_HEADERS = {
    _POLICY: f"default-src 'self'; object-src 'none'; {_FRAMED}",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_REFUSED = {
    401: ("Log in first", "This page is for those who are logged in to Airflow. The login leads back here."),
    403: (
        "Not for this login",
        "The pages on the register are for the data protection officer and for admins: they name quarantined rows by "
        "their keys. Ask an admin where you need them.",
    ),
    404: ("No such page", "There is no page at this address. The pages are listed above."),
}
_here = APIRouter()


def run_path(source: str, run_id: str) -> str:
    """Return the path, in the Airflow UI, of the DAG run of a pull."""
    return f"/dags/ingest_{quote(source, safe='')}/runs/{quote(run_id, safe='')}"


Name = Annotated[str | None, Query(max_length=LONGEST)]


@_here.get("/")
@_here.get("/gates")
def _gates(request: Request, night: date | None = None, source: Name = None) -> HTMLResponse:
    told = gates.read(night)
    titles = {one.source: one.title for one in told.sources} if told else {}
    if source and source not in titles:
        raise HTTPException(404)
    found = told.of(source) if told and source else told
    return page(request, "gates", found=found, only=source, titles=titles, run_path=run_path)


@_here.get("/gates/rows")
def _rows(
    request: Request,
    source: Name = None,
    entity: Name = None,
    rule: Name = None,
    after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
) -> HTMLResponse:
    asked = {"source": source, "entity": entity, "rule": rule}
    return page(request, "rows", asked=asked, after=after, **vars(quarantined.read(source, entity, rule, after)))


@_here.get("/where")
def _where(request: Request, on: date | None = None, explain: Name = None) -> HTMLResponse:
    today = date.today()
    found = where.read(on or today)
    told = None if explain is None else residency.explain(explain, None, found.on)
    return page(request, "where", found=found, records=where.records_outside(), on=on, today=today, told=told)


@_here.get("/transfers")
def _transfers(request: Request, before: Annotated[int | None, Query(ge=1, lt=2**63)] = None) -> HTMLResponse:
    return page(request, "transfers", found=transfers.read(before), before=before)


@_here.get("/data-docs/{path:path}")
def _data_docs(request: Request, path: str) -> HTMLResponse:
    with inspection.opened() as conn:
        html = data_docs.render(conn, path, back=f"{request.scope.get('root_path', '')}/gates")
    if html is None:
        raise HTTPException(404)
    return HTMLResponse(html, headers={_POLICY: _ALONE})


def _refuse(request: Request, raised: Exception) -> HTMLResponse:
    status = raised.status_code if isinstance(raised, HTTPException) else 500
    heading, said = _REFUSED.get(status, ("This cannot be shown", "Airflow refuses to show this page."))
    back = _asked_for(request) if status == 401 else None
    return page(request, "message", status, heading=heading, said=said, back=back)


def _asked_for(request: Request) -> str:
    query = f"?{request.url.query}" if request.url.query else ""
    return quote(request.scope["path"]) + query


def _unanswered(request: Request, raised: Exception) -> HTMLResponse:
    # Messages of ours name what is wrong and how to mend it, and never a person's value.
    return page(request, "message", 503, heading="This cannot be shown now", said=str(raised))


def _no_such_night(request: Request, raised: Exception) -> HTMLResponse:
    said, nights = str(raised), raised.nearest if isinstance(raised, NoSuchNight) else ()
    shown = {"heading": "Nothing was pulled that night", "said": f"{said[0].upper()}{said[1:]}.", "nights": nights}
    return page(request, "message", 404, **shown)


def _not_understood(request: Request, raised: Exception) -> HTMLResponse:
    said = (
        "A date is written as 2026-11-01, a page's beginning is a whole number, and no name or place is longer than "
        f"{LONGEST} characters. Follow the links of the pages."
    )
    return page(request, "message", 400, heading="The address is not one of these pages", said=said)


async def _headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    answer = await call_next(request)
    for name, value in _HEADERS.items():
        answer.headers.setdefault(name, value)
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
