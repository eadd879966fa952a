"""The pages as an application of their own, which Airflow mounts: server-rendered, read-only, of this machine alone."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
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
from rekisteri.gate_source import SourceNight
from rekisteri.pages import outside, quarantined, refusing, transfers, where
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
_here = APIRouter()


def run_path(source: str, run_id: str) -> str:
    """Return the path, in the Airflow UI, of the DAG run of a pull."""
    return f"/dags/ingest_{quote(source, safe='')}/runs/{quote(run_id, safe='')}"


def docs_path(one: SourceNight, newest: date) -> str | None:
    """Return the path of a pull's page of the Data Docs; None where its night is not kept there any more."""
    if one.pull_id is None or one.night is None or one.night <= newest - timedelta(days=data_docs.NIGHTS):
        return None
    return f"/data-docs/{data_docs.path(one.night, one.source, one.pull_id)}"


Name = Annotated[str | None, Query(max_length=LONGEST)]
"""A place is no longer; a source, an entity and a rule are shorter."""


@_here.get("/")
@_here.get("/gates")
def _gates(request: Request, night: date | None = None, source: Name = None) -> HTMLResponse:
    told = gates.read(night)
    titles = {one.source: one.title for one in told.sources} if told else {}
    if source and source not in titles:
        raise HTTPException(404)
    found = told.of(source) if told and source else told
    shown: dict[str, Any] = {
        "found": found,
        "only": source,
        "titles": titles,
        "run_path": run_path,
        "docs_path": docs_path,
    }
    return page(request, "gates", **shown)


@_here.get("/gates/rows")
def _rows(
    request: Request,
    source: Name = None,
    entity: Name = None,
    rule: Name = None,
    after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
) -> HTMLResponse:
    # A form or a link may leave one empty, which asks for any.
    source, entity, rule = source or None, entity or None, rule or None
    asked = {"source": source, "entity": entity, "rule": rule}
    return page(request, "rows", asked=asked, after=after, **vars(quarantined.read(source, entity, rule, after)))


@_here.get("/where")
def _where(request: Request, on: date | None = None, explain: Name = None) -> HTMLResponse:
    today = date.today()
    found = where.read(on or today)
    told = None if explain is None else residency.explain(explain, None, found.on)
    return page(request, "where", found=found, records=outside.read(), on=on, today=today, told=told)


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
    made.add_exception_handler(HTTPException, refusing.refuse)
    made.add_exception_handler(NoSuchNight, refusing.no_such_night)
    made.add_exception_handler(RekisteriError, refusing.unanswered)
    made.add_exception_handler(RequestValidationError, refusing.not_understood)
    return made
