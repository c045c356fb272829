"""Requests to be forgotten that a day of the lake holds."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from daybook.csv.scan import records
from daybook.day import Day
from daybook.erasure.requests import Request
from daybook.errors import ConfigError
from daybook.lake import partition
from daybook.lake.files import storage_errors
from daybook.lake.manifest import DataFile
from daybook.personal import ASKED, EMAIL, IDS
from daybook.table import Table


def of_day(root: Path, day: Day, name: str) -> list[Request]:
    """Return the requests in the table `SOURCE.TABLE` of a day.

    Raises:
        ConfigError: The day has no such table, or it does not say which
            of its columns name somebody.
        InputError: There is no such day, or it is not as published.
        StorageError: It cannot be read.
    """
    source, _, table = name.partition(".")
    manifest = partition.open_day(root, source, day)
    file = next((f for f in manifest.files if f.table.name == table), None)
    if file is None:
        raise ConfigError(
            f"The day {day} of {source} has no table {table}.",
            "Name it with --from SOURCE.TABLE; `daybook show` lists a day's "
            "tables.",
        )
    with storage_errors(f"Reading {day} of {source}"):
        return _requests(partition.folder(root, source, day), file)


def _requests(place: Path, file: DataFile) -> list[Request]:
    subject, email = _column(file.table, IDS), _column(file.table, {EMAIL})
    if subject is None and email is None:
        raise ConfigError(
            f"{file.table.stream} names nobody: none of its columns is "
            f"personal as {ASKED} or {EMAIL}.",
            "Say so where the table is described, see docs/erasure.md.",
        )
    return [
        Request(_text(row, subject), _text(row, email))
        for row in records(place / file.path)
    ]


def _column(table: Table, kinds: Collection[str]) -> int | None:
    for place, column in enumerate(table.columns):
        if column.personal and column.personal.kind in kinds:
            return place
    return None


def _text(row: list[str | None], place: int | None) -> str:
    return "" if place is None else (row[place] or "").strip()
