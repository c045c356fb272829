"""What the commands over the lake have in common: arguments, days."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from daybook.day import Day
from daybook.errors import ConfigError, InputError, cut
from daybook.lake import partition
from daybook.lake.manifest import Manifest

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DayText = Annotated[
    str, typer.Argument(metavar="DAY", help="The day, YYYY-MM-DD.")
]
Source = Annotated[
    str | None,
    typer.Argument(
        metavar="[SOURCE]",
        help="One source; all when left out.",
        show_default=False,
    ),
]


def manifests(root: Path, day: Day, source: str | None) -> list[Manifest]:
    """Return the manifests of a day: of one source, or of all it has.

    Raises:
        InputError: There is no such day, or a manifest is malformed.
    """
    if source is not None:
        return [partition.read(root, source, day)]
    found = [
        partition.read(root, name, day)
        for name, other in partition.days(root)
        if other == day and partition.is_published(root, name, day)
    ]
    if not found:
        raise no_day(root, day)
    return found


def published(root: Path) -> list[tuple[str, Day]]:
    """Return every published day, sorted by source and day."""
    return [
        (source, day)
        for source, day in partition.days(root)
        if partition.is_published(root, source, day)
    ]


def no_day(root: Path, day: Day, source: str | None = None) -> InputError:
    """Return the error for a day that the lake does not have."""
    of = cut(source) if source else "any source"
    newest = dict(published(root))
    listed = ", ".join(f"{day} of {name}" for name, day in newest.items())
    return InputError(
        f"The lake {root} has no day {day} of {of}. "
        f"Newest: {listed or 'nothing yet'}.",
        "Extract it first, for example: MELTANO_ENVIRONMENT=extract "
        "SOURCE=postgres DATESTAMP=2024-12-20 meltano run extract_postgres\n"
        "or look which days there are: daybook days",
    )


def only_tables(manifest: Manifest, names: list[str] | None) -> list[str]:
    """Return the streams that `names` mean, each `table` or `schema.table`.

    None means all of them.

    Raises:
        ConfigError: The day has no such table.
    """
    if not names:
        return [file.table.stream for file in manifest.files]
    known: dict[str, list[str]] = {}
    for file in manifest.files:
        one = file.table
        for name in {one.name, f"{one.schema}.{one.name}", one.stream}:
            known.setdefault(name, []).append(one.stream)
    missing = [name for name in names if name not in known]
    if missing:
        raise ConfigError(
            f"{manifest.source} has no table {cut(missing[0])} on "
            f"{manifest.day}.",
            f"It has: {', '.join(f.table.stream for f in manifest.files)}.",
        )
    return [stream for name in names for stream in known[name]]
