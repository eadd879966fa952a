"""The pages' templates, and what they are filled with."""

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from rekisteri import data_groups, paths
from rekisteri.pages import drawing, transfers, where
from rekisteri.residency import consents_read, said
from rekisteri.residency.locations import LONGEST
from rekisteri.residency.names import country_in_sentence, country_name
from rekisteri.residency.refusals import WITHHELD

BASE = "/rekisteri"
"""Below it Airflow mounts the pages (plugins/rekisteri_plugin.py)."""
LOGIN = "/api/v2/auth/login"
"""Where Airflow sends everybody to the login of its auth manager, whichever that is; the UI itself goes there."""


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
        "how": transfers.how,
        "validity": transfers.validity,
        "in_sentence": country_in_sentence,
        "said": said,
        "as_of": consents_read.as_of,
        "behind": consents_read.warnings,
    }
    made.globals |= {"drawing": drawing, "title": where.title, "country_name": country_name, "withheld": WITHHELD}
    made.globals |= {"login": LOGIN, "longest": LONGEST}
    return made


def _number(value: int | None) -> str:
    # A narrow no-break space between thousands, as the CLI's space: never a line's end.
    return "–" if value is None else f"{value:,}".replace(",", "\u202f")


def _marked(text: str) -> Markup:
    """Return a text with what is between backticks as code."""
    parts = [escape(part) for part in text.split("`")]
    return Markup("").join(Markup("<code>{}</code>").format(p) if n % 2 else p for n, p in enumerate(parts))


_TEMPLATES = _environment()


def page(request: Request, template: str, status: int = 200, **shown: Any) -> HTMLResponse:
    """Return a page.

    Args:
        request: what was asked for; it says below which address the pages are mounted.
        template: name of its file.
        status: of the answer.
        shown: what the template is filled with.
    """
    root = request.scope.get("root_path", "")
    airflow = root.removesuffix(BASE)
    text = _TEMPLATES.get_template(f"{template}.html").render(root=root, airflow=airflow, page=template, **shown)
    return HTMLResponse(text, status)
