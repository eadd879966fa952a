"""The pages' answers where there is nothing to show: each says what is wrong and what to do."""

from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from rekisteri.errors import NoSuchNight
from rekisteri.pages.rendering import page
from rekisteri.residency.locations import LONGEST

_REFUSED = {
    401: ("Log in first", "This page is for those who are logged in to Airflow. The login leads back here."),
    403: (
        "Not for this login",
        "The pages on the register are for the data protection officer and for admins: they name quarantined rows by "
        "their keys. Ask an admin where you need them.",
    ),
    404: ("No such page", "There is no page at this address. The pages are listed above."),
}


def refuse(request: Request, raised: Exception) -> HTMLResponse:
    """Answer who may not look, or asks for no page of ours."""
    status = raised.status_code if isinstance(raised, HTTPException) else 500
    heading, said = _REFUSED.get(status, ("This cannot be shown", "Airflow refuses to show this page."))
    back = _asked_for(request) if status == 401 else None
    return page(request, "message", status, heading=heading, said=said, back=back)


def _asked_for(request: Request) -> str:
    query = f"?{request.url.query}" if request.url.query else ""
    return quote(request.scope["path"]) + query


def unanswered(request: Request, raised: Exception) -> HTMLResponse:
    """Answer while the warehouse or a policy cannot be read."""
    # Messages of ours name what is wrong and how to mend it, and never a person's value.
    return page(request, "message", 503, heading="This cannot be shown now", said=str(raised))


def no_such_night(request: Request, raised: Exception) -> HTMLResponse:
    """Answer of a night in which nothing was pulled, with the nearest ones."""
    said, nights = str(raised), raised.nearest if isinstance(raised, NoSuchNight) else ()
    shown = {"heading": "Nothing was pulled that night", "said": f"{said[0].upper()}{said[1:]}.", "nights": nights}
    return page(request, "message", 404, **shown)


def not_understood(request: Request, raised: Exception) -> HTMLResponse:
    """Answer what is no date, no number, or too long."""
    said = (
        "A date is written as 2026-11-01, a page's beginning is a whole number, and no name or place is longer than "
        f"{LONGEST} characters. Follow the links of the pages."
    )
    return page(request, "message", 400, heading="The address is not one of these pages", said=said)
