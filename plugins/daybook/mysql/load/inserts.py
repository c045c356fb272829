"""INSERTs, for servers that take no files from their clients.

MySQL 8 is such a server as it comes. A line that is written for LOAD DATA
stands in an INSERT as it is: with NO_BACKSLASH_ESCAPES a value in quotes,
those in it doubled, is SQL of just that value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from daybook import dialect
from daybook.errors import ConfigError
from daybook.mysql.load import types
from daybook.mysql.sql import identifiers

if TYPE_CHECKING:
    from daybook.mysql.load.session import Session
    from daybook.table import Table

_STATEMENT_BYTES = 1_000_000
# As under LOAD DATA LOCAL, what does not fit is a warning to be counted.
_MODE = "'NO_BACKSLASH_ESCAPES,NO_AUTO_VALUE_ON_ZERO'"
_FIELD = re.compile(rb'("[^"]*+(?:""[^"]*+)*+"|NULL)[,\n]')


def send(
    session: Session,
    table: Table,
    path: Path,
    into: str,
    *,
    replace: bool,
    check: Callable[[int], None],
) -> int:
    """Insert the rows that `rewrite` wrote; return how many were affected.

    `check` is called after each statement with the number of rows before
    its first one. With `replace` the last of several rows with one key
    counts.

    Raises:
        ConfigError: The server takes no statement as long as a row.
        pymysql.MySQLError: The server refused or is gone.
    """
    verb = "REPLACE" if replace else "INSERT IGNORE"
    names = identifiers(table.column_names)
    head = f"{verb} INTO {into} ({names}) VALUES ".encode()
    most = int(session.value("SELECT @@max_allowed_packet"))
    room = min(_STATEMENT_BYTES, most) - len(head)
    mode = session.value("SELECT @@sql_mode")
    session.execute(f"SET SESSION sql_mode = {_MODE}")
    affected = before = 0
    for rows in _batches(_values(table, path), room):
        statement = head + b",".join(rows)
        if len(statement) >= most:
            raise _too_long(into, len(statement), most)
        affected += session.connection.query(statement)
        check(before)
        before += len(rows)
    session.execute(f"SET SESSION sql_mode = '{mode}'")
    return affected


def _batches(rows: Iterator[bytes], room: int) -> Iterator[list[bytes]]:
    """Give rows together as long as they have room, one at least."""
    batch: list[bytes] = []
    left = room
    for row in rows:
        left -= len(row) + 1
        if batch and left <= 0:
            yield batch
            batch, left = [], room - len(row) - 1
        batch.append(row)
    if batch:
        yield batch


def _values(table: Table, path: Path) -> Iterator[bytes]:
    """Give each row as SQL."""
    forms = [types.form(column.sql_type) for column in table.columns]
    with path.open("rb") as file:
        for row in dialect.rows(file):
            if types.Form.BYTES in forms:
                yield _with_bytes(forms, row)
            else:
                yield b"(" + row[:-1] + b")"


def _with_bytes(forms: list[types.Form], row: bytes) -> bytes:
    fields = _FIELD.findall(row)
    return b"(%s)" % b",".join(
        b"UNHEX(%s)" % field if form is types.Form.BYTES else field
        for form, field in zip(forms, fields, strict=True)
    )


def _too_long(into: str, length: int, most: int) -> ConfigError:
    return ConfigError(
        f"A row for {into} takes a statement of {length} bytes; the server "
        f"takes {most} (max_allowed_packet), and no files from its clients. "
        "No row was changed.",
        "An administrator can allow either: SET GLOBAL local_infile = ON, or "
        f"SET GLOBAL max_allowed_packet = {1 << length.bit_length()}.",
    )
