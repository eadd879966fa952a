"""The warehouse's version: look at it, and make or upgrade the warehouse."""

from typing import Annotated, Any

import typer

from rekisteri.cli.output import Json, document, say

warehouse = typer.Typer(help="The warehouse's version.", no_args_is_help=True)


@warehouse.command()
def upgrade(
    connection: Annotated[
        str, typer.Option(help="Airflow connection of a superuser of the warehouse; `postgres_admin` is `make run`'s.")
    ] = "postgres_admin",
    as_json: Json = False,
) -> None:
    """Make the warehouse, or bring it to this release's version, all or nothing; the data in it stays."""
    from rekisteri import connections
    from rekisteri import warehouse as schema

    # The embedded server's own superuser has no database of its own but the server's.
    settings: dict[str, Any] = {"dbname": "warehouse"} if connection == "postgres_admin" else {}
    with connections.connect(connection, autocommit=True, **settings) as admin:
        before, after = schema.prepare(admin)
    if as_json:
        document({"from": before.revision, "to": after.revision, "changed": before != after})
    elif before == after:
        say(f"revision {after.revision}: nothing to do; functions, views and grants were set again")
    elif before.revision is None:
        say(f"made at revision {after.revision}")
    else:
        say(f"upgraded from revision {before.revision} to {after.revision}; functions, views and grants were set again")


@warehouse.command()
def status(
    connection: Annotated[str, typer.Option(help="Airflow connection of any login that reads it.")] = "warehouse",
    as_json: Json = False,
) -> None:
    """Show which revision the warehouse is at and which this release needs; status 1 where they differ."""
    from rekisteri import connections, warehouse_version
    from rekisteri.errors import WarehouseOutdated

    with connections.connect(connection, autocommit=True) as conn:
        held, wanted = warehouse_version.held(conn), warehouse_version.wanted()
        try:
            warehouse_version.require_current(conn)
            fault = None
        except WarehouseOutdated as error:
            fault = str(error)
    if as_json:
        document({"held": held.revision, "wanted": wanted.revision, "current": fault is None, "fault": fault})
    else:
        say(fault or f"the warehouse is at revision {held.revision}, as this release needs")
    if fault:
        raise typer.Exit(1)
