"""What PostgreSQL refuses while people are erased, without their values.

The server's details quote the row that is at fault: they are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from daybook.errors import (
    BusyError,
    DaybookError,
    RefusedError,
    StorageError,
    UnreachableError,
)
from daybook.postgres.load.session import VARIABLE

_BUSY = (
    errors.LockNotAvailable,
    errors.DeadlockDetected,
    errors.SerializationFailure,
    errors.QueryCanceled,
    errors.ObjectInUse,
    errors.UndefinedTable,
)
_AGAIN = "Nothing was changed there. Run the same command again."


@contextmanager
def translated() -> Iterator[None]:
    """Turn the server's errors into ours.

    Raises:
        DaybookError: What `psycopg.Error` was raised inside.
    """
    try:
        yield
    except psycopg.Error as error:
        # The error itself quotes values, in a traceback too.
        raise _translate(error) from None


def _translate(error: psycopg.Error) -> DaybookError:
    said = _said(error)
    if isinstance(error, errors.InsufficientPrivilege):
        return UnreachableError(
            f"Erasing in the warehouse: the role that {VARIABLE} names lacks "
            f"a right: {said}. Nothing was changed there.",
            "Let the tables' owner GRANT SELECT, UPDATE ON them; where row "
            "security hides rows, a role with BYPASSRLS is needed.",
        )
    if isinstance(error, psycopg.IntegrityError | psycopg.DataError):
        return RefusedError(
            "Erasing in the warehouse: a table does not take the pseudonyms: "
            f"{said}. Nothing was changed there.",
            "Two spellings of one value become one pseudonym, and a value "
            "that is personal must be so in all tables that refer to it: "
            "drop the constraint, or mend the declaration.",
        )
    if isinstance(error, _BUSY):
        return BusyError(
            f"Erasing in the warehouse: somebody else was at work: {said}.",
            _AGAIN,
        )
    if isinstance(error, errors.DiskFull):
        return StorageError(
            f"Erasing in the warehouse: the server ran out of room: {said}.",
            "Make room on the server, then run the same command again.",
        )
    return UnreachableError(
        f"Erasing in the warehouse: PostgreSQL refused, or the connection "
        f"broke: {said}.",
        _AGAIN,
    )


def _said(error: psycopg.Error) -> str:
    found = error.diag
    message = found.message_primary
    if message is None:  # it is the driver's own
        return type(error).__name__
    names = [
        f"{what} {name}"
        for what, name in (
            ("table", found.table_name),
            ("column", found.column_name),
            ("constraint", found.constraint_name),
        )
        if name
    ]
    return f"{message} ({', '.join(names)})" if names else message
