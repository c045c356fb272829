"""Tables that come part by part, as the whole that the graph is to show.

A row that changes may refer to another node than before. What it
referred to is known only to the days before, so these are read too.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.errors import BusyError, RefusedError
from daybook.lake import partition
from daybook.singer.handover import HandedFile

if TYPE_CHECKING:
    from daybook.neo4j.load.plan import Options
    from daybook.singer.received import Received
    from daybook.singer.schema import Origin

NewFile = Callable[[str], Path]
"""Gives a path for a stream's rows."""

_ADVICE = (
    "Extract such a day, or a new one whole (the tap's setting `whole`), "
    "and load that one; the days after it begin anew."
)


def whole(
    received: Iterable[Received], options: Options, new_file: NewFile
) -> list[Received]:
    """Return the streams, those of parts with the rows of all days.

    Raises:
        BusyError: A day was published anew in between.
        InputError: An earlier day's file is missing or edited.
        RefusedError: The lake lacks a day that leads up to a part.
        duckdb.Error: A file cannot be read or written.
    """
    return [_whole(one, options, new_file) for one in received]


def _whole(one: Received, options: Options, new_file: NewFile) -> Received:
    if (
        one.table.window is None
        or one.origin is None
        or options.lake is None
        or options.naming.leaves_out(one.table)
    ):
        return one
    file = _read(one, one.origin, options.lake, new_file)
    return dataclasses.replace(one, file=file)


def _read(
    one: Received, origin: Origin, lake: Path, new_file: NewFile
) -> HandedFile:
    from daybook.duck import fold

    manifest = partition.read(lake, origin.source, origin.day)
    file = manifest.file(one.stream)
    if file is None or file.sha256 != one.file.sha256:
        raise BusyError(
            f"{one.described}: the day was published anew while being read, "
            "or is of another lake than the setting `lake` names. Nothing "
            "was changed.",
            "Run the same command again.",
        )
    found = fold.of_day(lake, manifest, file, new_file(one.stream))
    if found.missing:
        raise RefusedError(
            f"{one.described} holds a part of its table only, and "
            f"{found.missing}. Nothing was changed.",
            _ADVICE,
        )
    rows = found.rows
    return HandedFile(
        rows.path, rows.rows, rows.file.sha256, rows.file.longest_line
    )
