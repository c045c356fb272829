"""What publishing refuses, and the setting that allows it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from daybook.day import Day
from daybook.errors import InputError, RefusedError
from daybook.lake import partition
from daybook.lake.manifest import Manifest
from daybook.lake.pending import Allowed
from daybook.table import Table

logger = logging.getLogger("daybook")


def day_before(root: Path, source: str, day: Day) -> Manifest | None:
    """Return the day as it is now, None if there is none.

    A manifest that was edited into nonsense counts as none, and is
    said: extracting the day again is what mends it.

    Raises:
        ConfigError: A newer version of Daybook wrote it.
    """
    if not partition.is_published(root, source, day):
        return None
    try:
        return partition.read(root, source, day)
    except InputError as error:
        logger.warning("%s It is replaced.", error.reason)
        return None


def check(
    root: Path,
    source: str,
    day: Day,
    before: Manifest | None,
    streams: Sequence[str],
    *,
    tap: str,
    allow: Allowed,
) -> None:
    """Check that a set of tables may become the day.

    Raises:
        RefusedError: It has no table, lacks tables that the day had, or
            another tap has made the source so far. Names the setting
            that allows it.
    """
    if not streams and not allow.empty:
        raise _refused(
            f"{_name(tap)} sent no table at all for the day {day} of "
            f"{source}.",
            "Check the tap's settings.",
            "allow_empty",
        )
    if not allow.other_tap:
        _check_tap(before or _latest(root, source, day), source, tap)
    lost = _lost(before, streams)
    if lost and not allow.lost_tables:
        raise _refused(
            f"The day {day} of {source} has tables that {_name(tap)} did "
            f"not send this time: {', '.join(lost)}.",
            "Check whether they still exist at the source and which tables "
            "the tap is told to read.",
            "allow_lost_tables",
        )


def check_parts(
    root: Path, source: str, day: Day, tables: Sequence[Table]
) -> None:
    """Check that no later day's part loses the day that it begins at.

    Raises:
        ConfigError: A newer version of Daybook wrote the next day.
        RefusedError: A table would be whole on this day, and the next
            day holds a part that begins where one ended.
    """
    whole = {table.stream for table in tables if table.window is None}
    after = _next(root, source, day)
    if after is None:
        return
    for file in after.files:
        window = file.table.window
        if window and window.start is not None and file.table.stream in whole:
            raise RefusedError(
                f"The day {after.day} of {source} holds the part of "
                f"{file.table.stream} after {', '.join(window.start)}; if "
                f"the day {day} held it whole, nothing would lead up to "
                "that. Nothing was changed.",
                "Extract a day whole that is newer than all that are "
                f"published, or {day} with the tap's setting `incremental`.",
            )


def _next(root: Path, source: str, day: Day) -> Manifest | None:
    """Return the next published day, None if there is none to be read."""
    for _, other in partition.days(root, source):
        if other > day and partition.is_published(root, source, other):
            try:
                return partition.read(root, source, other)
            except InputError:  # its own extract is what mends it
                return None
    return None


def _check_tap(known: Manifest | None, source: str, tap: str) -> None:
    if known and known.tap != tap:
        raise _refused(
            f"The source {source} was made by {_name(known.tap)} (day "
            f"{known.day}); this run is {_name(tap)}'s.",
            "Check SOURCE: each source belongs to one tap.",
            "allow_other_tap",
        )


def _latest(root: Path, source: str, day: Day) -> Manifest | None:
    """Return another day of the source, the newest one that can be read."""
    for name, other in reversed(list(partition.days(root, source))):
        if other == day or not partition.is_published(root, name, other):
            continue
        try:
            return partition.read(root, name, other)
        except InputError:  # it cannot say who made it; an older one may
            continue
    return None


def _lost(before: Manifest | None, streams: Sequence[str]) -> list[str]:
    had = [file.table.stream for file in before.files] if before else []
    return [stream for stream in had if stream not in set(streams)]


def _name(tap: str) -> str:
    return tap or "a tap without a name"


def _refused(reason: str, advice: str, setting: str) -> RefusedError:
    variable = f"TARGET_CSV_{setting.upper()}"
    return RefusedError(
        f"{reason} Nothing was changed.",
        f"{advice} If it is really meant, set target-csv's `{setting}` "
        f"({variable}=true for one run).",
    )
