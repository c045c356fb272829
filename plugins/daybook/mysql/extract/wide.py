"""Long rows, of which the server makes no line, read value by value.

CONCAT, HEX and the like are NULL where their result would be longer than
the server's `max_allowed_packet`; the values themselves come in full.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pymysql.cursors import SSCursor

from daybook.mysql.extract.expressions import Field, Writer
from daybook.mysql.extract.landing import BARE_TEXTS, BINARIES, TEXTS

if TYPE_CHECKING:
    from daybook.mysql.connection import Session
    from daybook.mysql.extract.source import Source


def lines(session: Session, source: Source, writer: Writer) -> Iterator[bytes]:
    """Yield the lines of the rows of which the server makes none.

    Raises:
        pymysql.MySQLError: The server refused or is gone.
    """
    values = ", ".join(map(writer.value, source.fields))
    too_long = f"{writer.line(source.fields)} IS NULL"
    with session.cursor(SSCursor) as cursor:
        cursor.execute(source.select(values, too_long))
        for row in cursor.fetchall_unbuffered():
            yield encode(source.fields, row)


def encode(fields: Sequence[Field], row: Sequence[bytes | None]) -> bytes:
    """Return a row in the lake's dialect; marks stay as they are. Pure."""
    return b",".join(map(_field, fields, row)) + b"\n"


def _field(field: Field, value: bytes | None) -> bytes:
    if value is None:
        return b""
    if field.kind.name in BINARIES:
        return b"\\x" + value.hex().encode()
    if field.kind.name not in TEXTS - BARE_TEXTS:
        return value
    if value in {b"", b"\\."} or any(char in value for char in b',"\r\n'):
        return b'"' + value.replace(b'"', b'""') + b'"'
    return value
