"""The file that holds a table's day, opened with care."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Protocol

from daybook.errors import BusyError, DaybookError, InputError
from daybook.lake import layout, manifest
from daybook.lake.files import open_plain
from daybook.lake.partition import extract_command

if TYPE_CHECKING:
    import io

    from daybook.singer.handover import HandedFile
    from daybook.singer.schema import Origin


class Load(Protocol):
    """A table that a target loads from one file."""

    @property
    def file(self) -> HandedFile:
        """The file, and what it must be."""

    @property
    def origin(self) -> Origin | None:
        """The lake day it is of, if any."""

    @property
    def described(self) -> str:
        """Table, source and day, for messages."""


def check_file(load: Load) -> None:
    """Check that the file is there and is no symlink.

    Raises:
        InputError: It is not.
        BusyError: The day was published anew meanwhile.
    """
    open_file(load).close()


def open_file(load: Load) -> io.BufferedReader:
    """Open the load's file, which must be a regular one.

    Raises:
        InputError: It is missing, a symlink or no regular file.
        BusyError: The day was published anew meanwhile.
    """
    path = load.file.path
    try:
        file = open_plain(path)
    except OSError as error:
        raise _unreadable(load, error) from error
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise InputError(
            f"{load.described}: {path} is not a regular file.",
            mended_by(load),
        )
    return file


def mended_by(load: Load) -> str:
    """Return what to do when the file is not what it must be."""
    if load.origin is None:
        return "Run the same command again."
    source, day = load.origin.source, load.origin.day
    return (
        f"See `daybook verify {day} {source}`; extract the day again: "
        f"{extract_command(source, day)}"
    )


def _unreadable(load: Load, error: OSError) -> DaybookError:
    if isinstance(error, FileNotFoundError) and _is_renounced(load):
        return BusyError(
            f"{load.described}: the day was published anew while being "
            "read. Nothing was changed.",
            "Run the same command again.",
        )
    return InputError(
        f"{load.described}: its file {load.file.path} cannot be read: "
        f"{error.strerror}. A data file must be there and be no link.",
        mended_by(load),
    )


def _is_renounced(load: Load) -> bool:
    """Whether the day's manifest no longer names the file."""
    folder = load.file.path.parent.parent
    place = folder / layout.MANIFEST
    if load.origin is None or not place.is_file():
        return False
    files = manifest.from_json(place.read_bytes(), place).files
    name = load.file.path.relative_to(folder).as_posix()
    return name not in {file.path for file in files}
