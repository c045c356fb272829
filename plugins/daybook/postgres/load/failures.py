"""What PostgreSQL refuses, as errors that say what to do next."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg import errors

from daybook.errors import (
    BusyError,
    DaybookError,
    InputError,
    RefusedError,
    StorageError,
    UnreachableError,
    cut,
)
from daybook.relational.unseen import without_values

if TYPE_CHECKING:
    from daybook.relational.loads import Load

_COPY_CONTEXT = re.compile(
    r"COPY .*?, line (?P<line>\d+)"
    r"(?:, column (?P<column>.*?))?"
    r"(?:: (?P<value>\".*\"|null input))?\Z",
    re.DOTALL,
)
_AGAIN = "Nothing was changed. Run the same command again."


@contextmanager
def translated(load: Load | None = None) -> Iterator[None]:
    """Turn the server's errors into ours, naming the load's table.

    Raises:
        DaybookError: What `psycopg.Error` was raised inside.
    """
    try:
        yield
    except psycopg.Error as error:
        what = load.described if load else "The load"
        failure = _translate(error, what)
        if load:
            text = without_values(failure.reason, load.table, _column(error))
            failure = type(failure)(text, failure.instruction)
        raise failure from error


def _column(error: psycopg.Error) -> str | None:
    """Return the column that the error is about, None if nobody knows."""
    place = _COPY_CONTEXT.search(error.diag.context or "")
    return place["column"] if place else None


def _translate(error: psycopg.Error, what: str) -> DaybookError:
    for kinds, make in _RULES:
        if isinstance(error, kinds):
            return make(error, what)
    return UnreachableError(
        f"{what}: PostgreSQL refused ({error.sqlstate}): {_said(error)}",
        _AGAIN,
    )


def _right(error: psycopg.Error, what: str) -> DaybookError:
    return UnreachableError(
        f"{what}: the role that WAREHOUSE_URL names lacks a right: "
        f"{_said(error)}. Nothing was changed.",
        "The owner can give it with GRANT. To add columns or keys to a "
        "table one must own it: ALTER TABLE ... OWNER TO the loader's role.",
    )


def _dependent(error: psycopg.Error, what: str) -> DaybookError:
    if _COPY_CONTEXT.search(error.diag.context or ""):
        return _value(error, what)
    return RefusedError(
        f"{what}: something stands in the way of the table's new "
        f"definition: {_said(error)}. Nothing was changed.",
        "Drop what is named (a view, mostly), load, and create it again; "
        "or keep the definition as it is at the source.",
    )


def _value(error: psycopg.Error, what: str) -> DaybookError:
    place = _COPY_CONTEXT.search(error.diag.context or "")
    where = ""
    if place:
        where = f", line {place['line']}"
        where += f", column {place['column']}" if place["column"] else ""
    text = (place["value"] if place else "") or ""
    value = f" (value {cut(text.strip(chr(34)))})" if text else ""
    message = error.diag.message_primary or str(error)
    return InputError(
        f"{what}{where}: {cut_text(message)}{value}. Nothing was changed.",
        "The value does not fit the column's type. Mend it at the source "
        "or in the description of the file, and extract the day again.",
    )


def _key(error: psycopg.Error, what: str) -> DaybookError:
    return InputError(
        f"{what}: {_said(error)}. Nothing was changed.",
        "The rows break the table's key. Mend them at the source and "
        "extract the day again; or set another strategy for the table.",
    )


def _busy(error: psycopg.Error, what: str) -> DaybookError:
    return BusyError(
        f"{what}: somebody else was at work on the same tables: "
        f"{_said(error)}.",
        _AGAIN,
    )


def _full(error: psycopg.Error, what: str) -> DaybookError:
    return StorageError(
        f"{what}: the server ran out of room: {_said(error)}. "
        "Nothing was changed.",
        "Make room on the server, then run the same command again.",
    )


def _gone(error: psycopg.Error, what: str) -> DaybookError:
    return UnreachableError(
        f"{what}: the connection to the server broke: {_said(error)}.",
        _AGAIN,
    )


def _said(error: psycopg.Error) -> str:
    """Return the server's message and detail as one sentence or two."""
    message = error.diag.message_primary or str(error).strip()
    detail = error.diag.message_detail
    parts = [message, *(detail.splitlines() if detail else [])]
    return cut_text("; ".join(part.rstrip(".") for part in parts))


def cut_text(text: str) -> str:
    """Return a server's message, which may quote a value, cut to size."""
    limit = 400
    return text if len(text) <= limit else text[: limit - 3] + "..."


_Rule = tuple[
    tuple[type[psycopg.Error], ...],
    Callable[[psycopg.Error, str], DaybookError],
]
_RULES: tuple[_Rule, ...] = (
    ((errors.InsufficientPrivilege,), _right),
    (
        (
            errors.DependentObjectsStillExist,
            errors.FeatureNotSupported,
            errors.InvalidTableDefinition,
        ),
        _dependent,
    ),
    (
        (
            errors.UniqueViolation,
            errors.NotNullViolation,
            errors.ForeignKeyViolation,
            errors.CheckViolation,
            errors.ExclusionViolation,
            errors.CardinalityViolation,
        ),
        _key,
    ),
    ((errors.DiskFull,), _full),
    (
        (
            errors.LockNotAvailable,
            errors.DeadlockDetected,
            errors.SerializationFailure,
            errors.QueryCanceled,
            errors.ObjectInUse,
        ),
        _busy,
    ),
    ((psycopg.DataError, errors.ProgramLimitExceeded), _value),
    ((psycopg.OperationalError, psycopg.InterfaceError), _gone),
)
