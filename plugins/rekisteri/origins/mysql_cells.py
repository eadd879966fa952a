"""What of a column is sent, as SQL of MariaDB and MySQL: its text, quoted for COPY, or set apart for a sum."""

from typing import Any

from pymysql.constants import FIELD_TYPE

from rekisteri.errors import SourceError

_BINARY = 63
"""Number of the character set of bytes."""
_STRINGS = frozenset(
    {
        FIELD_TYPE.VARCHAR, FIELD_TYPE.VAR_STRING, FIELD_TYPE.STRING, FIELD_TYPE.TINY_BLOB, FIELD_TYPE.MEDIUM_BLOB,
        FIELD_TYPE.LONG_BLOB, FIELD_TYPE.BLOB, FIELD_TYPE.JSON, FIELD_TYPE.ENUM, FIELD_TYPE.SET,
    }
)  # fmt: skip
EXACT = frozenset(
    {
        FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL, FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.INT24,
        FIELD_TYPE.LONG, FIELD_TYPE.LONGLONG,
    }
)  # fmt: skip
"""Numbers whose sum does not depend on the order in which they are added."""
_AS_THEY_ARE = EXACT | frozenset({FIELD_TYPE.DATE, FIELD_TYPE.NEWDATE, FIELD_TYPE.DATETIME})
"""Types that become the same text where a text is wanted as by a cast, in two thirds of the time."""

# Written in hex, so that they mean the same under every sql_mode.
TAB, NOTHING, _QUOTE = (f"_utf8mb4 x'{code}'" for code in ("09", "", "01"))


def name(column: str) -> str:
    """Return a column's quoted name."""
    return "`" + column.replace("`", "``") + "`"


def literal(value: str) -> str:
    """Return a text's UTF-8 bytes as a literal."""
    # Hex, so that no sql_mode decides what a backslash or a quote in it means.
    return f"x'{value.encode().hex()}'"


def text(expression: str) -> str:
    """Return an expression's text."""
    return f"convert(cast({expression} as char) using utf8mb4)"


def bucket(key: str, of: int) -> str:
    """Return the bucket, of so many, that a key falls into (origin.BUCKETS)."""
    return f"ifnull(crc32(left({key}, char_length({key}) - 1)) & {of - 1}, 0)"


def cell(field: Any) -> tuple[str, bool]:
    """Return the expression that gives a column's text, and whether that text may need quotes.

    Args:
        field: of PyMySQL, as a query on the column describes it.

    Raises:
        SourceError: the column has no text form.
    """
    column = f"extract.{name(field.name)}"
    if field.type_code in _STRINGS and field.charsetnr == _BINARY and field.type_code != FIELD_TYPE.JSON:
        return f"if({column} is null, null, concat(_utf8mb4 x'5C78', lower(hex({column}))))", True
    if field.type_code in _STRINGS:
        return f"convert({column} using utf8mb4)", True
    if field.type_code == FIELD_TYPE.BIT:
        return text(f"{column} + 0"), False
    if field.type_code == FIELD_TYPE.TIMESTAMP:
        return f"if({column} is null, null, concat({column}, '+00:00'))", False
    if field.type_code in _AS_THEY_ARE:
        return column, False
    if field.type_code == FIELD_TYPE.FLOAT:
        # Six digits, as the server writes it, where they say all that it holds.
        short, whole = text(column), f"({column} + 0e0)"
        return f"if(abs({short} + 0e0 - {whole}) <= abs({whole}) * 6e-8, {short}, {text(whole)})", False
    if field.type_code == FIELD_TYPE.GEOMETRY:
        raise SourceError(f"column {field.name} is a geometry, which has no text form; convert it in the SELECT")
    return text(column), False


def sent(cell: str, is_text: bool, oracle: bool) -> str:
    """Return what is sent of a cell in a line of :attr:`MySQL.form`.

    Args:
        cell: its text, and ``is_text``: whether that may need quotes, as :func:`cell` gives them.
        is_text: see above.
        oracle: whether the session's sql_mode is ORACLE.
    """
    doubled = f"replace({cell}, {_QUOTE}, _utf8mb4 x'0101')"
    quoted = f"concat({_QUOTE}, {doubled}, {_QUOTE})" if is_text else cell
    # More columns than there are: COPY refuses a line whose text outgrew the packet.
    return _unless_null(quoted, cell, NOTHING, "_utf8mb4 x'0909'", oracle)


def summed(cell: str, is_text: bool, oracle: bool) -> str:
    """Return what of a cell goes into the sum: two rows never look alike by the seams between their cells.

    Args:
        cell: its text, and ``is_text``: whether that may hold what parts the cells, as :func:`cell` gives them.
        is_text: see above.
        oracle: whether the session's sql_mode is ORACLE.
    """
    apart = f"replace({cell}, _utf8mb4 x'1F', _utf8mb4 x'1F1F')" if is_text else cell
    return _unless_null(f"concat('v', {apart})", cell, "'n'", f"concat('o', md5({cell}))", oracle)


def _unless_null(expression: str, given: str, otherwise: str, outgrown: str, oracle: bool) -> str:
    """Return an expression, or what stands for NULL, or what stands where the expression outgrew max_allowed_packet.

    There concat and replace give NULL, and only a warning.
    """
    if oracle:
        # Under ORACLE they take NULL for an empty text; asked for NULL itself, all texts are made twice.
        return f"if({given} is null, {otherwise}, ifnull({expression}, {outgrown}))"
    return f"ifnull({expression}, if({given} is null, {otherwise}, {outgrown}))"
