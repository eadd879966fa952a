"""Commands of the production shape: the secret files of docker-compose.yml, its logins and databases."""

import os
from pathlib import Path
from typing import Annotated

import typer

from rekisteri.cli.output import Json, document, say

production = typer.Typer(help="What docker-compose.yml needs.", no_args_is_help=True)


@production.command()
def secrets(
    folder: Annotated[Path, typer.Argument(help="Folder of the secret files, outside the project.")],
    group: Annotated[int | None, typer.Option(help="Id of the group that may read them; your own.")] = None,
    as_json: Json = False,
) -> None:
    """Make the secret files that are missing; what is there is kept."""
    from rekisteri.production import secrets as secret_files

    readers = os.getgid() if group is None else group
    written = secret_files.ensure(folder, readers)
    lacking = secret_files.lacking(folder)
    settings = {"REKISTERI_SECRETS": str(folder.resolve()), "REKISTERI_SECRETS_GROUP": str(readers)}
    if as_json:
        document({"written": written, "lacking": lacking, "settings": settings})
        return
    say(f"written: {', '.join(written) or 'nothing, all were there'}")
    if lacking:
        say(f"add to {folder / 'connections.json'}, then call this again: {', '.join(lacking)}")
    for name, value in settings.items():
        say(f"{name}={value}")


@production.command()
def databases(as_json: Json = False) -> None:
    """Make the logins and databases that are missing on both servers."""
    from rekisteri.production import databases as servers

    servers.prepare()
    if as_json:
        document({"servers": list(servers.SUPERUSERS)})
    else:
        say(f"logins and databases are there: {', '.join(servers.SUPERUSERS)}")
