"""Removing days, the manifest first: half removed is no day."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from daybook.day import Day
from daybook.errors import ConfigError, RefusedError
from daybook.lake import chain, files, partition
from daybook.lake.contents import remove_unnamed
from daybook.lake.layout import MANIFEST
from daybook.lake.lock import day_lock


def prunable(
    root: Path, keep: int, source: str | None = None
) -> list[tuple[str, Day]]:
    """Return the days beyond the `keep` newest published of each source.

    Folders without a manifest that are older than the newest published
    day count as prunable, whatever `keep` says. Not those that hold the
    first parts of a table of which the days that stay hold the rest.
    `source` limits the answer to one.

    Raises:
        ConfigError: `keep` is less than 1.
        InputError: A manifest of a day that stays is malformed.
    """
    if keep < 1:
        raise ConfigError(
            f"--keep is {keep}; the newest day of a source always stays.",
            "Give 1 or more, for example `daybook prune --keep 7`.",
        )
    found = []
    for name in sorted({name for name, _ in partition.days(root)}):
        if source in {None, name}:
            found += [(name, day) for day in _beyond(root, name, keep)]
    return found


def remove_day(root: Path, source: str, day: Day) -> None:
    """Remove a day from the lake, under its lock.

    Raises:
        BusyError: Somebody writes that day.
        ConfigError: `source` cannot name a source.
        InputError: A symlink is on the way.
        RefusedError: It is the newest published day of its source.
        StorageError: The file system refused.
    """
    with day_lock(root, source, day, "daybook prune"):
        if day == max(_published(root, source), default=None):
            raise RefusedError(
                f"{day} is the newest day of {source}; it stays.",
                "Extract a newer day first.",
            )
        place = partition.folder(root, source, day)
        with files.storage_errors(f"Removing the day {day} of {source}"):
            _remove(place)


def _remove(place: Path) -> None:
    if not place.is_dir():
        return
    (place / MANIFEST).unlink(missing_ok=True)
    files.sync(place)
    remove_unnamed(place, ())


def _beyond(root: Path, source: str, keep: int) -> list[Day]:
    published = _published(root, source)
    kept = set(published[-keep:])
    kept |= _needed(root, source, published[-keep:])
    return [
        day
        for _, day in partition.days(root, source)
        if kept and day < max(kept) and day not in kept
    ]


def _needed(root: Path, source: str, days: Sequence[Day]) -> set[Day]:
    """Return the days without which tables of `days` lack rows."""
    found: set[Day] = set()
    for day in days:
        manifest = partition.read(root, source, day)
        for file in manifest.files:
            if file.table.window:
                parts = chain.chain(root, manifest, file)
                found |= {part.day for part in parts}
    return found


def _published(root: Path, source: str) -> list[Day]:
    return [
        day
        for _, day in partition.days(root, source)
        if partition.is_published(root, source, day)
    ]
