"""The lines of a streamed result of one text column, taken from the packets as MariaDB and MySQL send them.

PyMySQL makes an object of each packet and a tuple of each row, which for a million lines takes three times as long as
all else. Source: MariaDB's documentation of the protocol, "Packet" and "Result Set Packets".
"""

from collections.abc import Iterator
from typing import Any

from pymysql import err
from pymysql.constants import CR
from pymysql.protocol import MysqlPacket

_LARGEST = 0xFFFFFF
"""Bytes of a packet that goes on in the next one."""
_NULL, _TWO, _THREE, _EIGHT_OR_END, _ERROR = 0xFB, 0xFC, 0xFD, 0xFE, 0xFF
"""First byte of a packet, or of a text's length: smaller ones are the length itself."""
_SHORT = 9
"""A packet of fewer bytes is no text with eight bytes of length, but the end of the rows."""


def lines(connection: Any, result: Any, most: int) -> Iterator[list[bytes | None]]:
    """Yield the texts of a result, in lists; None for NULL.

    Args:
        connection: of PyMySQL, which sent the statement.
        result: of its unbuffered cursor, of which nothing was read yet.
        most: texts of a list.

    Raises:
        pymysql.err.MySQLError: the server told an error amid the rows, or went away.
    """
    packets, found = _packets(connection), list[bytes | None]()
    for body in packets:
        first = body[0]
        if first < _NULL:
            found.append(body[1:])
        elif first == _TWO:
            found.append(body[3:])
        elif first == _NULL:
            found.append(None)
        elif first == _ERROR:
            MysqlPacket(body, "utf8").raise_for_error()
        elif first == _EIGHT_OR_END and len(body) < _SHORT:
            break
        else:
            found.append(body[4:] if first == _THREE else body[9:])
        if len(found) == most:
            yield found
            found = []
    result.unbuffered_active, result.connection = False, None
    if found:
        yield found


def _packets(connection: Any) -> Iterator[bytes]:
    read, number, begun = connection._rfile.read, connection._next_seq_id, b""
    while True:
        try:
            header = read(4)
            size = header[0] | header[1] << 8 | header[2] << 16
            body = read(size)
        except (OSError, IndexError):
            raise _lost() from None
        if header[3] != number or len(body) < size:
            raise _lost()
        connection._next_seq_id = number = (number + 1) & 0xFF
        if size == _LARGEST:
            begun += body
            continue
        yield begun + body if begun else body
        begun = b""


def _lost() -> err.OperationalError:
    return err.OperationalError(CR.CR_SERVER_LOST, "Lost connection to MySQL server during query")
