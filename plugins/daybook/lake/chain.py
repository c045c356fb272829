"""The days that hold a table part by part, each from where one ended."""

from __future__ import annotations

from pathlib import Path

from daybook.day import Day
from daybook.lake import partition
from daybook.lake.manifest import DataFile

MAX_DAYS = 366
"""So many days are looked back at most where one is enough to go on."""


def earlier(
    root: Path, source: str, day: Day, stream: str
) -> list[tuple[Day, DataFile]]:
    """Return the published parts before `day`, oldest first.

    They end with the newest one, and begin with one that holds all rows
    up to its end, if the lake still has it and `MAX_DAYS` reach so far.
    A day that lacks the table, or holds it whole, begins it anew.

    Raises:
        InputError: A day's manifest is malformed.
    """
    found: list[tuple[Day, DataFile]] = []
    known = [d for _, d in partition.days(root, source) if d < day]
    for other in reversed(known):
        if not partition.is_published(root, source, other):
            continue
        file = partition.read(root, source, other).file(stream)
        if file is None:
            continue
        if file.table.window is None or len(found) == MAX_DAYS:
            break
        found.append((other, file))
        if file.table.window.start is None:
            break
    return found[::-1]
