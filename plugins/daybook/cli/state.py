"""In which state a day of the lake is."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from daybook.day import Day
from daybook.errors import ConfigError, InputError
from daybook.lake import layout, partition
from daybook.lake.manifest import DataFile, Manifest
from daybook.lake.partition import Problem


class State(StrEnum):
    """What a look at a day's files says.

    COMPLETE: as it was published. INCOMPLETE: there is no manifest, so
    no load sees it. EDITED: a file, or the manifest, is not what was
    published.
    """

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    EDITED = "edited"


@dataclass(frozen=True, slots=True)
class DayReport:
    """A day at a glance.

    Attributes:
        source: The source's name.
        day: The day.
        state: Its state.
        tables: How many tables it has.
        rows: Rows of all tables.
        bytes: Size of all data files, as published.
        problems: What is wrong with it.
    """

    source: str
    day: Day
    state: State
    tables: int = 0
    rows: int = 0
    bytes: int = 0
    problems: tuple[str, ...] = ()


def look(root: Path, source: str, day: Day) -> DayReport:
    """Return the state of a day that has a folder.

    Raises:
        StorageError: Its files cannot be read.
    """
    try:
        if not partition.is_published(root, source, day):
            return DayReport(source, day, State.INCOMPLETE)
        manifest = partition.read(root, source, day)
    except (ConfigError, InputError) as error:
        return DayReport(source, day, State.EDITED, problems=(error.reason,))
    found = problems(root, manifest)
    return DayReport(
        source,
        day,
        State.EDITED if found else State.COMPLETE,
        tables=len(manifest.files),
        rows=sum(file.rows for file in manifest.files),
        bytes=sum(file.bytes for file in manifest.files),
        problems=tuple(map(str, found)),
    )


def problems(root: Path, manifest: Manifest) -> list[Problem]:
    """Return what is wrong with a day's files.

    Kind and size of all are looked at; read and hashed are only those
    written to after the manifest was, for the manifest is written last.

    Raises:
        StorageError: A file cannot be read.
    """
    found = partition.check_files(root, manifest, hashes=False)
    wrong = {problem.file.path for problem in found}
    touched = tuple(
        file for file in _touched(root, manifest) if file.path not in wrong
    )
    subset = dataclasses.replace(manifest, files=touched)
    return found + partition.check_files(root, subset, hashes=True)


def check(root: Path, manifest: Manifest) -> None:
    """Check a day's files before they are read, as `problems` does.

    Raises:
        BusyError: The day was published anew in between.
        InputError: A file is missing or edited; names it.
        StorageError: A file cannot be read.
    """
    found = problems(root, manifest)
    if found:
        what = "; ".join(map(str, found))
        raise partition.misread(root, manifest, what)


def _touched(root: Path, manifest: Manifest) -> list[DataFile]:
    place = partition.folder(root, manifest.source, manifest.day)
    written = _modified(place / layout.MANIFEST)
    return [
        file
        for file in manifest.files
        if _modified(place / file.path) > written
    ]


def _modified(path: Path) -> int:
    """Return when a file was last written, in ns; 0 if it is not there."""
    try:
        return path.lstat().st_mtime_ns
    except FileNotFoundError:
        return 0
