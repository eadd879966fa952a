"""SQL statements as files: one statement each, in include/sql; values are bound, identifiers are composed."""

from functools import cache

from psycopg import sql

from rekisteri import paths
from rekisteri.errors import WarehouseError


@cache
def text(name: str) -> str:
    """Return the text of include/sql/<name>.sql.

    Raises:
        WarehouseError: there is no such file.
    """
    path = paths.SQL / f"{name}.sql"
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise WarehouseError(f"include/sql/{name}.sql is missing; restore it from version control") from None


def load(name: str, **identifiers: sql.Composable) -> sql.Composed:
    """Return a statement with its {identifier} places filled.

    Args:
        name: path below include/sql without the suffix, such as ``merge/merge_entity``.
        identifiers: one composed identifier or list of them for each ``{place}`` in the file.
    """
    return sql.SQL(text(name)).format(**identifiers)  # type: ignore[arg-type]
