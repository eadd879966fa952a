"""SQL statements as files: one statement each, in include/sql; values are bound, identifiers are composed."""

import re
from functools import cache

from psycopg import sql

from rekisteri import paths
from rekisteri.errors import WarehouseError

_PLACE = re.compile(r"\{([a-z_]+)\}")


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
        identifiers: one composed identifier, or list of them, for each ``{place}`` in the file.

    Raises:
        WarehouseError: there is no such file, or a place in it is not given.
    """
    parts: list[sql.Composable] = []
    for n, part in enumerate(_PLACE.split(text(name))):
        if n % 2 == 0:
            parts.append(sql.SQL(part))
        elif part in identifiers:
            parts.append(identifiers[part])
        else:
            raise WarehouseError(f"include/sql/{name}.sql has a place {{{part}}} that its caller does not fill")
    return sql.Composed(parts)
