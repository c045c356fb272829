"""The file that holds a table's day, opened with care."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from daybook.errors import BusyError, DaybookError, InputError
from daybook.lake import layout, manifest
from daybook.lake.files import open_plain, sha256_of, storage_errors
from daybook.lake.manifest import DataFile
from daybook.lake.partition import extract_command

if TYPE_CHECKING:
    import io

    from daybook.singer.received import Received


def check_file(one: Received) -> None:
    """Check that the file is there and is no symlink.

    Raises:
        InputError: It is not.
        BusyError: The day was published anew meanwhile.
    """
    open_file(one).close()


def open_file(one: Received) -> io.BufferedReader:
    """Open the file of a stream, which must be a regular one.

    Raises:
        InputError: It is missing, a symlink or no regular file.
        BusyError: The day was published anew meanwhile.
    """
    path = one.file.path
    try:
        file = open_plain(path)
    except OSError as error:
        raise _unreadable(one, error) from error
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise InputError(
            f"{one.described}: {path} is not a regular file.",
            mended_by(one),
        )
    return file


def check_content(one: Received) -> None:
    """Check that the file is, byte for byte, what was published.

    Raises:
        InputError: It was edited.
        StorageError: It cannot be read.
    """
    with storage_errors(f"Reading {one.file.path}"):
        sha256 = sha256_of(one.file.path)
    if sha256 != one.file.sha256:
        raise InputError(
            f"{one.described}: {one.file.path} was edited or is "
            f"damaged: its sha256 is {sha256}, not {one.file.sha256}. "
            "Nothing was changed.",
            mended_by(one),
        )


def data_file(one: Received) -> DataFile:
    """Return the file as a manifest would name it."""
    file = one.file
    return DataFile(
        table=one.table,
        path=str(file.path),
        bytes=file.path.stat().st_size,
        sha256=file.sha256,
        rows=file.rows,
        longest_line=file.longest_line,
    )


def mended_by(one: Received) -> str:
    """Return what to do when the file is not what it must be."""
    if one.origin is None:
        return "Run the same command again."
    source, day = one.origin.source, one.origin.day
    return (
        f"See `daybook verify {day} {source}`; extract the day again: "
        f"{extract_command(source, day)}"
    )


def _unreadable(one: Received, error: OSError) -> DaybookError:
    if isinstance(error, FileNotFoundError) and _is_renounced(one):
        return BusyError(
            f"{one.described}: the day was published anew while being "
            "read. Nothing was changed.",
            "Run the same command again.",
        )
    return InputError(
        f"{one.described}: its file {one.file.path} cannot be read: "
        f"{error.strerror}. A data file must be there and be no link.",
        mended_by(one),
    )


def _is_renounced(one: Received) -> bool:
    """Whether the day's manifest no longer names the file."""
    folder = one.file.path.parent.parent
    place = folder / layout.MANIFEST
    if one.origin is None or not place.is_file():
        return False
    files = manifest.from_json(place.read_bytes(), place).files
    name = one.file.path.relative_to(folder).as_posix()
    return name not in {file.path for file in files}
