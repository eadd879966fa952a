"""The pages: an index, one for each suite, validation and pull; plain HTML without a script."""

import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from rekisteri import paths
from rekisteri.data_docs import validations, whole
from rekisteri.data_docs.validations import Validation
from rekisteri.data_docs.whole import Pulled
from rekisteri.data_docs.wording import in_words
from rekisteri.errors import SetupError

INDEX = "index.html"
MARK = ".data-docs-of-rekisteri"
"""A file in a folder that we built, so that it may be replaced whole."""


def pages(conn: psycopg.Connection[Any]) -> Iterator[tuple[str, str]]:
    """Yield every page: its path, with / between and relative to the index's folder, and its HTML.

    Args:
        conn: the warehouse, by a login that may read quarantine and staging.pull.
    """
    for path, make in _site(conn).items():
        yield path, make()


def render(conn: psycopg.Connection[Any], path: str, back: str = "") -> str | None:
    """Return one page's HTML, or None where there is no such page.

    Args:
        conn: the warehouse, as in :func:`pages`.
        path: as :func:`pages` gives it; empty for the index.
        back: address of the Register's pages, where the pages are shown beside those.
    """
    make = _site(conn).get(path or INDEX)
    return make(back=back) if make else None


def build(conn: psycopg.Connection[Any], folder: Path) -> int:
    """Write all pages into a folder, in place of those of the last time, all at once; return how many.

    Args:
        conn: the warehouse, as in :func:`pages`.
        folder: made where it is missing.

    Raises:
        SetupError: the folder holds something else, or cannot be written.
    """
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise SetupError(f"{folder} holds what is no Data Docs; name an empty folder or a new one")
    fresh, old = (folder.with_name(f".{folder.name}-{uuid4().hex}") for _ in range(2))
    try:
        fresh.mkdir(parents=True)
        (fresh / MARK).touch()
        written = 0
        for path, html in pages(conn):
            target = fresh / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(html, encoding="utf-8")
            written += 1
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)
    except OSError as error:
        raise SetupError(f"{folder} cannot be written ({error.strerror}); name another with --out") from None
    finally:
        for left in (fresh, old):
            shutil.rmtree(left, ignore_errors=True)
    return written


def build_tonight(conn: psycopg.Connection[Any]) -> int:
    """Write all pages below REKISTERI_HOME; return how many, 0 where this machine lets nobody write there.

    In production each worker has a disk of its own, read-only: there a web server renders the pages.
    """
    home = paths.home()
    return build(conn, home / "data_docs") if home.is_dir() and os.access(home, os.W_OK) else 0


def _site(conn: psycopg.Connection[Any]) -> dict[str, Callable[..., str]]:
    kept = validations.kept(conn)
    pulled = whole.pulls(conn, kept)
    by_suite: dict[str, list[Validation]] = {}
    for one in kept:
        by_suite.setdefault(one.suite_path, []).append(one)
    of = {pull.pull_id: pull for pull in pulled}
    made: dict[str, Callable[..., str]] = {INDEX: partial(_index, conn, pulled=pulled, suites=by_suite, kept=kept)}
    for path, history in by_suite.items():
        made[path] = partial(_page, "suite.html", path, newest=history[0], history=history)
    for one in kept:
        made[one.path] = partial(_page, "validation.html", one.path, validation=one, pull=of.get(one.pull_id))
    return made | {pull.path: partial(_pull, conn, pull) for pull in pulled if pull.kept}


def _index(conn: psycopg.Connection[Any], back: str = "", *, pulled: list[Pulled], **shown: Any) -> str:
    last = sorted((pull for pull in pulled if pull.newest), key=lambda pull: pull.source)
    told = {"last": last, "pulls": [pull for pull in pulled if pull.kept], "whole": whole.rules(conn, pulled)}
    return _page("index.html", INDEX, back, **told, **shown)


def _pull(conn: psycopg.Connection[Any], pull: Pulled, back: str = "") -> str:
    # Asked for here, since whoever opens one page needs the rules of one pull.
    return _page("pull.html", pull.path, back, pull=pull, whole=whole.rules(conn, [pull])[pull.pull_id])


def _page(template: str, path: str, back: str = "", **shown: Any) -> str:
    # Relative, so that the pages work from a file, and below any address.
    root = "../" * path.count("/")
    return str(_templates().get_template(template).render(root=root, back=back, nights=validations.NIGHTS, **shown))


@cache
def _templates() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(paths.INCLUDE / "data_docs"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["in_words"] = in_words
    return made
