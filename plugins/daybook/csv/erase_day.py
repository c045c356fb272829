"""Erases people from a published day; the day stays whole throughout."""

from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.csv import erase
from daybook.lake import contents, layout, partition, publish, staging
from daybook.lake.files import storage_errors
from daybook.lake.lock import day_lock
from daybook.lake.manifest import DataFile, Erased, Manifest
from daybook.singer.handover import HandedFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daybook.day import Day
    from daybook.erasure.rows import Value
    from daybook.erasure.subjects import Subjects


def erase_day(
    root: Path, source: str, day: Day, people: Subjects
) -> dict[str, int]:
    """Republish a day without the people; return rows by stream.

    Only streams that held rows of theirs are named. A day without any is
    not touched.

    Raises:
        BusyError: Somebody else writes that day.
        InputError: The day is not as it was published.
        StorageError: The file system refused; the day is as it was.
    """
    with day_lock(root, source, day, "daybook erase"):
        manifest = partition.open_day(root, source, day)
        step = f"Erasing from {day} of {source}"
        with storage_errors(step):
            held = staging.hold(root, "")
        try:
            with storage_errors(step):
                rows = _erase(root, manifest, people, held)
                _remove_older(root, source, day)
        finally:
            held.discard()
    return rows


def remove_unpublished(root: Path, source: str, day: Day) -> None:
    """Remove the files of a first run that was killed: they are no day.

    Raises:
        BusyError: Somebody writes that day.
        StorageError: The file system refused.
    """
    with (
        day_lock(root, source, day, "daybook erase"),
        storage_errors(f"Removing unfinished work on {day} of {source}"),
    ):
        if not partition.is_published(root, source, day):
            contents.remove_unnamed(partition.folder(root, source, day), [])


def _remove_older(root: Path, source: str, day: Day) -> None:
    """Remove what a run left that was killed after it had published."""
    manifest = partition.open_day(root, source, day)
    named = [file.path for file in manifest.files]
    contents.remove_unnamed(partition.folder(root, source, day), named)


def search_day(
    root: Path, source: str, day: Day, people: Subjects
) -> dict[str, int]:
    """Return what `erase_day` would; nothing is changed.

    Raises:
        BusyError: The day was published anew meanwhile.
        InputError: The day is not as it was published.
        StorageError: The file system refused.
    """
    with storage_errors(f"Searching {day} of {source}"):
        found = {
            file.table.stream: erase.count(handed, file.table, people)
            for file, handed in _files(root, source, day)
        }
    return {stream: rows for stream, rows in found.items() if rows}


def day_identities(root: Path, source: str, day: Day) -> Iterator[list[Value]]:
    """Yield the ids and addresses of each row of a day that has some.

    Raises:
        As `search_day`.
    """
    with storage_errors(f"Reading {day} of {source}"):
        for file, handed in _files(root, source, day):
            yield from erase.identities(handed, file.table)


def day_values(
    root: Path, source: str, day: Day, people: Subjects
) -> Iterator[list[Value]]:
    """Yield all personal values of each row of theirs.

    Raises:
        As `search_day`.
    """
    with storage_errors(f"Reading {day} of {source}"):
        for file, handed in _files(root, source, day):
            yield from erase.values(handed, file.table, people)


def _files(
    root: Path, source: str, day: Day
) -> Iterator[tuple[DataFile, HandedFile]]:
    manifest = partition.open_day(root, source, day)
    place = partition.folder(root, source, day)
    for file in manifest.files:
        yield file, _handed(place, file)


def _handed(place: Path, file: DataFile) -> HandedFile:
    path = place / file.path
    return HandedFile(path, file.rows, file.sha256, file.longest_line)


def _erase(
    root: Path, manifest: Manifest, people: Subjects, held: staging.Staging
) -> dict[str, int]:
    place = partition.folder(root, manifest.source, manifest.day)
    rows: dict[str, int] = {}
    paths: dict[str, Path] = {}
    files = []
    for file in manifest.files:
        stream = file.table.stream
        path = held.new_file(stream)
        new, theirs = erase.erased(
            _handed(place, file), file.table, people, path
        )
        if theirs:
            rows[stream], paths[stream] = theirs, path
        files.append(_described(file, new) if theirs else file)
    if rows:
        erased = _mark(manifest.erased, sum(rows.values()))
        after = dataclasses.replace(
            manifest, files=tuple(files), erased=erased
        )
        publish.replace_files(root, manifest, after, paths)
    return rows


def _described(file: DataFile, new: HandedFile) -> DataFile:
    return dataclasses.replace(
        file,
        path=str(layout.data_file(file.table.stream, new.sha256)),
        bytes=new.path.stat().st_size,
        sha256=new.sha256,
        longest_line=new.longest_line,
    )


def _mark(before: Erased | None, rows: int) -> Erased:
    now = datetime.datetime.now(datetime.UTC)
    return Erased(
        now.isoformat(timespec="seconds"),
        rows + (before.rows if before else 0),
    )
