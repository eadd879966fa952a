"""How answers and errors are shown: tables for people, one JSON document with --json; errors without a traceback."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from rekisteri.errors import RekisteriError


def _note_json(context: typer.Context, chosen: bool) -> bool:
    context.find_root().meta["json"] = chosen
    return chosen


Json = Annotated[
    bool, typer.Option("--json", help="Answer with one JSON document.", callback=_note_json, is_eager=True)
]


class Root(TyperGroup):
    """The command as a whole: an error of ours ends it with status 1 and its message."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except RekisteriError as error:
            if ctx.meta.get("json"):
                document({"error": type(error).__name__, "message": str(error)})
            else:
                sys.stderr.write(f"{error}\n")
            raise typer.Exit(1) from None


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)


def document(answer: Any) -> None:
    """Write one JSON document to standard output."""
    typer.echo(json.dumps(answer, default=_plain, ensure_ascii=False, indent=2))


def say(text: str) -> None:
    """Write a line for people."""
    typer.echo(text)


def progress(text: str) -> None:
    """Tell on standard error what is being done, so that standard output holds the answer only."""
    typer.echo(f"  {text}", err=True)


def table(title: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Show rows as a table, or say that there is nothing.

    Args:
        title: the table's heading.
        columns: keys of a row, in the order shown; an underscore shows as a space.
        rows: the rows; what a row lacks stays empty.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = list(rows)
    if not shown:
        say(f"{title}: nothing yet")
        return
    # No colour and no grey: both can be unreadable on somebody's background.
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="")
    for name in columns:
        numbers = all(isinstance(row.get(name), int) for row in shown)
        made.add_column(name.replace("_", " "), justify="right" if numbers else "left", overflow="fold")
    for row in shown:
        made.add_row(*(Text(_cell(row.get(name))) for name in columns))
    # A pipe has no width of its own: nothing may be cut off there.
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    console.print()
    console.print(Text(title, style="bold"), soft_wrap=True)
    console.print(made)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "NO"
    if isinstance(value, int):
        return f"{value:,}".replace(",", " ")
    return value.isoformat(sep=" ", timespec="minutes") if isinstance(value, datetime) else str(value)
