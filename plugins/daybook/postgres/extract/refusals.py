"""What a source refuses while it is read, as errors that help."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from daybook.errors import (
    BusyError,
    DaybookError,
    InputError,
    UnreachableError,
)

_MAX_CHARS = 400
_AGAIN = "Nothing was published. Run the same command again."
_Maker = Callable[[str, str], DaybookError]


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn the server's errors into ours; `what` was read meanwhile.

    Raises:
        DaybookError: What `psycopg.Error` was raised inside.
    """
    try:
        yield
    except psycopg.Error as error:
        raise translate(error, what) from error


def translate(error: psycopg.Error, what: str) -> DaybookError:
    """Return the error that a user can do something about."""
    said = _said(error)
    for kinds, make in _RULES:
        if isinstance(error, kinds):
            return make(what, said)
    return InputError(
        f"{what} cannot be read ({error.sqlstate}): {said}",
        "Mend it in the source, or leave it out with `exclude`.",
    )


def hidden_rows(what: str, role: str) -> InputError:
    """Return the error for a table of which a policy hides rows."""
    return InputError(
        f"{what}: row security would hide rows from the role {role}, and "
        "a part of a table is not the table.",
        "Extract as the tables' owner or as a role with BYPASSRLS "
        f'(ALTER ROLE "{role}" BYPASSRLS), or leave them out with '
        "`exclude`.",
    )


def _denied(what: str, said: str) -> DaybookError:
    if "row-level security" in said or "row security" in said:
        return InputError(
            f"{what}: {said}, and a part of a table is not the table.",
            "Extract as the table's owner or as a role with BYPASSRLS, "
            "or leave it out with `exclude`.",
        )
    return UnreachableError(
        f"{what} cannot be read: {said}",
        "Let the owner GRANT SELECT on it (and USAGE on its schema) to the "
        "role that the tap uses, or leave it out with `exclude`.",
    )


def _changing(what: str, said: str) -> DaybookError:
    return BusyError(
        f"{what} was changed or locked by somebody else while it was "
        f"read: {said}",
        _AGAIN,
    )


def _cancelled(what: str, said: str) -> DaybookError:
    return UnreachableError(
        f"{what}: the server stopped the reading: {said}",
        f"{_AGAIN} (On a standby server: hot_standby_feedback and "
        "max_standby_streaming_delay say how long a query may last.)",
    )


def _untranslatable(what: str, said: str) -> DaybookError:
    return InputError(
        f"{what} holds text that cannot be written as UTF-8: {said}",
        "Mend the value at the source, or leave the table out with `exclude`.",
    )


def _gone(what: str, said: str) -> DaybookError:
    return UnreachableError(
        f"{what}: the source's server could not go on: {said}",
        f"See to the server. {_AGAIN}",
    )


def _said(error: psycopg.Error) -> str:
    """Return the server's message and hint, on one line, cut to size."""
    parts = (
        error.diag.message_primary or str(error).strip(),
        error.diag.message_detail,
        error.diag.message_hint,
    )
    text = "; ".join(part.rstrip(".") for part in parts if part)
    text = " ".join(text.split())
    return text if len(text) <= _MAX_CHARS else text[:_MAX_CHARS] + "..."


_RULES: tuple[tuple[tuple[type[psycopg.Error], ...], _Maker], ...] = (
    ((errors.InsufficientPrivilege,), _denied),
    (
        (
            errors.LockNotAvailable,
            errors.DeadlockDetected,
            errors.UndefinedTable,
            errors.UndefinedColumn,
            errors.InvalidSchemaName,
        ),
        _changing,
    ),
    ((errors.QueryCanceled, errors.SerializationFailure), _cancelled),
    (
        (errors.UntranslatableCharacter, errors.CharacterNotInRepertoire),
        _untranslatable,
    ),
    ((psycopg.OperationalError, psycopg.InterfaceError), _gone),
)
