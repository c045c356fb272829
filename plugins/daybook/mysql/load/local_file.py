"""LOAD DATA LOCAL, by which a server may ask for any file: it gets one.

PyMySQL sends whatever file the server names. Names with a leading
underscore are its own; its version is pinned, and a test watches this.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from pymysql import connections, err

if TYPE_CHECKING:
    from daybook.mysql.connection import Session

_NOT_FOUND = 1017
_send = connections._send_local_file
_sending: WeakKeyDictionary[Session, bytes] = WeakKeyDictionary()


def load(session: Session, statement: str, path: Path) -> int:
    """Execute a LOAD DATA LOCAL of `path`; return the rows affected.

    Raises:
        pymysql.MySQLError: The server refused, is gone, or asked for
            another file.
    """
    _sending[session] = os.fsencode(path)
    try:
        with session.cursor() as cursor:
            return int(cursor.execute(statement))
    finally:
        del _sending[session]


def _send_expected(filename: bytes, session: Session) -> None:
    """Send a file, if it is the one that is being loaded."""
    if filename != _sending.get(session):
        raise err.OperationalError(
            _NOT_FOUND, "The server asked for a file that is not the day's"
        )
    _send(filename, session)


connections._send_local_file = _send_expected
