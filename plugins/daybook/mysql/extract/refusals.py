"""What a source refuses while it is read, as errors that help."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pymysql

from daybook.errors import (
    BusyError,
    ConfigError,
    DaybookError,
    InputError,
    UnreachableError,
)
from daybook.mysql.connection import said

NO_SUCH_TABLE = 1146
NO_SUCH_COLUMN = 1054
LOCK_WAIT_TIMEOUT = 1205
TOO_LONG = 1153

_MAX_CHARS = 400
_AGAIN = "Nothing was published. Run the same command again."
_DENIED = frozenset({1044, 1142, 1143, 1227, 1356, 1370})
_CHANGED = frozenset(
    # no such table, lock wait, deadlock, definition changed, not there
    {NO_SUCH_COLUMN, NO_SUCH_TABLE, LOCK_WAIT_TIMEOUT, 1213, 1412, 1615, 1932}
)
_GONE = frozenset(
    {
        0, 3, 1021, 1053, 1077, 1078, 1079, 1158, 1159, 1160, 1161, 1184,
        1317, 1927, 1969, 2006, 2013, 2014, 2055, 3024, 3168, 3169, 4031,
    }
)  # fmt: skip
"""Killed, shut down, out of time, out of disk, or no longer there."""


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn the server's errors into ours; `what` was read meanwhile.

    Raises:
        DaybookError: What `pymysql.MySQLError` was raised inside.
    """
    try:
        yield
    except pymysql.MySQLError as error:
        raise translate(error, what) from error


def number(error: pymysql.MySQLError) -> int:
    """Return MySQL's number of the error, 0 for none."""
    found = error.args[0] if error.args else 0
    return found if isinstance(found, int) else 0


def translate(error: pymysql.MySQLError, what: str) -> DaybookError:
    """Return the error that a user can do something about."""
    what = what[:1].upper() + what[1:] if what.startswith("the ") else what
    words = said(error)[:_MAX_CHARS]
    code = number(error)
    if code in _DENIED:
        return UnreachableError(
            f"{what} cannot be read: {words}.",
            "Let an administrator GRANT SELECT on it to the user that the "
            "tap uses (a view's owner needs it too), mend the view, or leave "
            "it out with `exclude`.",
        )
    if code == TOO_LONG:
        return ConfigError(
            f"{what} cannot be read: the statement for it is longer than "
            f"the server takes: {words}.",
            "Let an administrator raise the limit (SET GLOBAL "
            "max_allowed_packet = 67108864), or leave it out with `exclude`.",
        )
    if code in _CHANGED:
        return BusyError(
            f"{what} was changed or locked by somebody else while it was "
            f"read: {words}.",
            _AGAIN,
        )
    if code in _GONE or isinstance(error, pymysql.InternalError):
        return UnreachableError(
            f"{what}: the source's server could not go on: {words}.",
            f"See to the server. {_AGAIN}",
        )
    return InputError(
        f"{what} cannot be read: {words}.",
        "Mend it in the source (of a query: its `sql`), or leave it out with "
        "`exclude`.",
    )
