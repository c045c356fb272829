"""Days of the lake -> streams that hand the published files on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from daybook.day import Day
from daybook.errors import ConfigError, InputError, cut
from daybook.lake import chain, files, partition
from daybook.lake.manifest import DataFile, Manifest
from daybook.singer.handover import HandedFile
from daybook.singer.schema import Origin
from daybook.table import Table

_EARLIER_DAYS = 100
"""So many days before a part are looked at; a target names them if it
lacks them."""


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """A table of a day and its file.

    Attributes:
        table: As the manifest describes it.
        origin: The source and day it belongs to.
        file: The file, where it lies, with the manifest's figures.
    """

    table: Table
    origin: Origin
    file: HandedFile


def published_tables(
    root: Path, sources: Sequence[str], day: Day
) -> list[PublishedTable]:
    """Return the tables of all `sources` on `day`.

    Every file has been looked at (existence, kind, size).

    Raises:
        BusyError: A day was published anew in between.
        ConfigError: Two sources hold the same table.
        InputError: A source has no such day, or files of it are missing
            or edited.
    """
    days = _open_days(root, sources, day)
    tables = [
        _published(root, _origin(root, manifest, file), file)
        for manifest in days
        for file in manifest.files
    ]
    _check_streams(tables)
    return tables


def check_unedited(published: PublishedTable) -> None:
    """Check a file's sha256, which a target that takes records cannot.

    Raises:
        InputError: The file was edited since it was published.
    """
    file, origin = published.file, published.origin
    if files.sha256_of(file.path) != file.sha256:
        command = partition.extract_command(origin.source, origin.day)
        raise InputError(
            f"{file.path} has been edited since the day {origin.day} of "
            f"{origin.source} was published (its sha256 differs).",
            f"Extract it again: {command}",
        )


def _open_days(root: Path, sources: Sequence[str], day: Day) -> list[Manifest]:
    """Open the day of every source; name all that are missing at once."""
    days, missing = [], []
    for source in sources:
        try:
            days.append(partition.open_day(root, source, day))
        except InputError as error:
            missing.append(error)
    if missing:
        raise InputError(
            " ".join(error.reason for error in missing),
            "\n".join(error.instruction for error in missing),
        )
    return days


def _origin(root: Path, manifest: Manifest, file: DataFile) -> Origin:
    """Return where a table is from; of a part, the days before too."""
    source, day = manifest.source, manifest.day
    if file.table.window is None:
        return Origin(source, day)
    before = chain.earlier(root, source, day, file.table.stream)
    newest = [part.day for part in islice(before, _EARLIER_DAYS)]
    return Origin(source, day, tuple(newest[::-1]))


def _published(root: Path, origin: Origin, file: DataFile) -> PublishedTable:
    folder = partition.folder(root, origin.source, origin.day)
    handed = HandedFile(
        folder / file.path, file.rows, file.sha256, file.longest_line
    )
    return PublishedTable(file.table, origin, handed)


def _check_streams(tables: Sequence[PublishedTable]) -> None:
    seen: dict[str, PublishedTable] = {}
    for table in tables:
        other = seen.setdefault(table.table.stream, table)
        if other is not table:
            raise ConfigError(
                f"The sources {cut(other.origin.source)} and "
                f"{cut(table.origin.source)} both hold a table "
                f"{cut(table.table.stream)} on {table.origin.day}.",
                "Load one source at a time, into schemas of their own: "
                f"TAP_CSV_SOURCES={other.origin.source} SCHEMA=...",
            )
