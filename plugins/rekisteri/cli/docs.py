"""Commands for the Data Docs: docs build."""

from pathlib import Path
from typing import Annotated

import typer

from rekisteri.cli.output import Json, document, say

docs = typer.Typer(help="Data Docs: what the quality gate asked and found, as pages.", no_args_is_help=True)


@docs.command()
def build(
    out: Annotated[Path | None, typer.Option(help="Folder to write them into; data_docs below REKISTERI_HOME.")] = None,
    as_json: Json = False,
) -> None:
    """Write the Data Docs of the last 30 nights; the pages need no network."""
    from rekisteri import connections, data_docs, paths, pulls
    from rekisteri.cli.reading import DPO

    folder = (out or paths.home() / "data_docs").absolute()
    with connections.connect(DPO, autocommit=True) as conn, pulls.without_values("Data Docs"):
        written = data_docs.build(conn, folder)
    if as_json:
        document({"pages": written, "index": str(folder / "index.html")})
    else:
        say(f"{written} pages; open {folder / 'index.html'}")
