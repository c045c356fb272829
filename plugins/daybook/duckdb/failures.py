"""What DuckDB refuses, as errors that help."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from daybook.duckdb.texts import REFUSED
from daybook.errors import (
    BusyError,
    DaybookError,
    InputError,
    RefusedError,
    StorageError,
)

_MAX_CHARS = 600


@contextmanager
def opening(file: Path | None) -> Iterator[None]:
    """Turn DuckDB's errors while `file` is opened into ours.

    Raises:
        BusyError: Somebody writes to the file.
        InputError: It is not there, or no DuckDB file.
    """
    import duckdb

    if file and not file.is_file():
        raise InputError(
            f"{file} is not there, or is no file.",
            "Set TAP_DUCKDB_DATABASE to a DuckDB file (a relative path "
            "starts at the project's root).",
        )
    try:
        yield
    except duckdb.Error as error:
        said = _said(error)
        if "lock on file" in said:
            raise BusyError(
                f"{file} is being written to: {said}",
                "Wait until that has ended, then run the same command again.",
            ) from error
        raise InputError(
            f"{file} cannot be opened as a DuckDB file: {said}",
            "Set TAP_DUCKDB_DATABASE to a file of DuckDB 2.0 or older.",
        ) from error


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn DuckDB's errors into ours; `what` was read meanwhile.

    Raises:
        DaybookError: What `duckdb.Error` was raised inside.
    """
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        raise translate(error, what) from error


def translate(error: Exception, what: str) -> DaybookError:
    """Return the error that a user can do something about."""
    import duckdb

    said = _said(error)
    if REFUSED in said:
        return InputError(
            f"{what}, {said.split(REFUSED, 1)[1]}.",
            "Mend the value, or leave the table out with `exclude`.",
        )
    match error:
        case duckdb.PermissionException():
            return RefusedError(
                f"{what}: {said}",
                "tap-duckdb reads its database, the lake and the folder "
                "`extract`, and loads no extension: move the files there.",
            )
        case duckdb.OutOfMemoryException():
            return StorageError(
                f"{what}: DuckDB needs more memory than it may use, or its "
                f"temporary folder is full: {said}",
                "Raise the setting `memory`, for example "
                "TAP_DUCKDB_MEMORY=2GB, or make room in TMPDIR; then run "
                "the same command again.",
            )
        case duckdb.IOException():
            return _not_read(what, said)
        case _:
            return InputError(
                f"{what} cannot be read: {said}",
                "Mend the query or the data; nothing was published.",
            )


def _not_read(what: str, said: str) -> DaybookError:
    if "No files found" in said:
        return InputError(
            f"{what}: {said}",
            "Put the file there; a relative path starts at the project's "
            "root.",
        )
    return StorageError(
        f"{what}: a file cannot be read or written: {said}",
        "Make room or mend the permissions, then run the same command again.",
    )


def _said(error: Exception) -> str:
    text = str(error).strip()
    if len(text) <= _MAX_CHARS:
        return text
    return text[: _MAX_CHARS - 3] + "..."
