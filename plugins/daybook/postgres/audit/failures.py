"""What PostgreSQL refuses while it is audited, as errors that help."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from daybook.errors import BusyError, UnreachableError
from daybook.postgres.load.failures import cut_text
from daybook.postgres.load.session import VARIABLE

_CHANGED = (
    errors.LockNotAvailable,
    errors.DeadlockDetected,
    errors.UndefinedTable,
    errors.UndefinedColumn,
    errors.SerializationFailure,
)


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn the server's errors into ours; `what` was read meanwhile.

    Raises:
        BusyError: The table was changed or locked by somebody else.
        UnreachableError: The role lacks a right, or the server is gone.
    """
    try:
        yield
    except errors.InsufficientPrivilege as error:
        raise UnreachableError(
            f"{what} cannot be read with the role that {VARIABLE} names: "
            f"{said(error)}",
            "Let the owner GRANT SELECT on it, and USAGE on its schema. "
            "Where row security hides rows: audit as the table's owner or "
            "as a role with BYPASSRLS.",
        ) from error
    except _CHANGED as error:
        raise BusyError(
            f"{what} was changed or locked while it was read: {said(error)}",
            "Run the same command again.",
        ) from error
    except psycopg.Error as error:
        raise UnreachableError(
            f"{what} could not be read: {said(error)}",
            "See to the server, then run the same command again.",
        ) from error


def said(error: psycopg.Error) -> str:
    """Return the server's message in one line, cut to size."""
    text = error.diag.message_primary or str(error)
    return cut_text(" ".join(text.split()))
